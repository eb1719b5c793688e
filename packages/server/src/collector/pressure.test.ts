import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskEvent } from '@umbel/celery';
import { createPressure } from './pressure.ts';

const MIB = 1024 * 1024;
const common = { uuid: 'a', hostname: 'w', timestamp: 1, clock: 1 };
const progress: TaskEvent = { ...common, type: 'task-custom', state: 'PROGRESS' };
const started: TaskEvent = { ...common, type: 'task-started' };
const revoked: TaskEvent = { ...common, type: 'task-revoked', terminated: true, signum: '9', expired: false };

function open() {
  const said: string[] = [];
  const note = (_: object, text: string) => said.push(text);
  return { said, pressure: createPressure({ info: note, warn: note }) };
}

test('while all is well nothing is given up', () => {
  const { said, pressure } = open();
  pressure.note(MIB, 1);
  assert.deepEqual(
    [pressure.givesUp(progress), pressure.active, pressure.givenUp, said],
    [false, false, 0, []],
  );
});

for (const [why, bytes, lagSeconds] of [
  ['too much waits to be written', 33 * MIB, 0],
  ['Umbel is far behind', 0, 11],
] as const) {
  test(`when ${why}, states of their own are given up and counted, and no others`, () => {
    const { said, pressure } = open();
    pressure.note(bytes, lagSeconds);
    pressure.note(bytes, lagSeconds);
    assert.deepEqual(
      [progress, started, revoked, progress].map((event) => pressure.givesUp(event)),
      [true, false, false, true],
    );
    assert.deepEqual([pressure.active, pressure.givenUp, said.length], [true, 2, 1]);
    pressure.note(20 * MIB, 3);
    assert.ok(pressure.active, 'it does not come and go');
    pressure.note(MIB, 1);
    assert.deepEqual([pressure.active, pressure.givesUp(progress), pressure.givenUp], [false, false, 2]);
    assert.match(said.at(-1) ?? '', /whole again/);
  });
}
