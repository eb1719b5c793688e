import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLagLog } from './lag-log.ts';

function listen() {
  const lines: string[] = [];
  const log = createLagLog({
    info: (fields, text) => lines.push(`info ${JSON.stringify(fields)} ${text}`),
    warn: (fields, text) => lines.push(`warn ${JSON.stringify(fields)} ${text}`),
  });
  return { lines, note: log.note.bind(log), taken: () => lines.splice(0) };
}

const BEHIND = 'the history is behind the events: what is shown is late, and silent workers are not judged';

test('being far behind is said at once, once a minute while it lasts, and when it is over', () => {
  const { note, taken } = listen();
  note(10, 1_000);
  assert.deepEqual(taken(), [`warn {"lagSeconds":10} ${BEHIND}`]);
  for (let second = 2; second <= 60; second++) note(25, second * 1_000);
  assert.deepEqual(taken(), []);
  note(12.4, 61_000);
  assert.deepEqual(taken(), [`warn {"lagSeconds":12} ${BEHIND}`]);
  note(1.9, 71_000);
  assert.deepEqual(taken(), [
    'info {"seconds":70,"mostLagSeconds":25} the history has caught up with the events',
  ]);
  note(0, 72_000);
  assert.deepEqual(taken(), []);
});

test('a lag that comes and goes around the bounds is one story, and a small one is none', () => {
  const { note, taken } = listen();
  for (let second = 0; second < 100; second++) note(second % 2 === 0 ? 9.9 : 0, second * 1_000);
  assert.deepEqual(taken(), []);
  for (let second = 0; second < 50; second++) note(second % 2 === 0 ? 11 : 2, second * 1_000);
  assert.deepEqual(taken(), [`warn {"lagSeconds":11} ${BEHIND}`]);
});
