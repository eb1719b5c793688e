import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSteadyClock } from './steady-clock.ts';

const START_MS = Date.UTC(2026, 10, 26, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

/** A machine whose clock can be set, with the time that really passes. */
function machine(startMs = START_MS) {
  let passedMs = 0;
  let wallMs = startMs;
  const lines: string[] = [];
  const log = {
    info: (_: object, text: string) => lines.push(`info ${text}`),
    warn: (_: object, text: string) => lines.push(`warn ${text}`),
  };
  const clock = createSteadyClock({ log, wall: () => wallMs, monotonic: () => passedMs });
  return {
    clock,
    lines,
    warnings: () => lines.filter((line) => line.startsWith('warn')),
    pass: (ms: number) => {
      passedMs += ms;
      wallMs += ms;
    },
    set: (ms: number) => {
      wallMs = ms;
    },
    wall: () => wallMs,
  };
}

test('a clock that runs is believed, however long nobody asks and however it is corrected by less than a day', () => {
  const { clock, pass, set, wall, lines } = machine();
  clock.begin(START_MS - HOUR_MS);
  pass(30 * DAY_MS);
  assert.deepEqual([clock.now(), clock.doubt], [wall(), null]);
  set(wall() + 2 * HOUR_MS);
  assert.deepEqual([clock.now(), clock.doubt], [wall(), null]);
  set(wall() - 20 * HOUR_MS);
  assert.deepEqual([clock.now(), clock.doubt], [wall(), null]);
  assert.deepEqual(lines, []);
});

for (const [what, jumpMs] of [
  ['forward', YEAR_MS],
  ['back', -YEAR_MS],
] as const) {
  test(`a jump of a year ${what} is doubted and said once with both times; time goes on without it, until the two agree again`, () => {
    const { clock, pass, set, wall, lines, warnings } = machine();
    clock.begin(START_MS);
    pass(MINUTE_MS);
    const jumped = wall() + jumpMs;
    set(jumped);
    assert.equal(clock.now(), START_MS + MINUTE_MS);
    pass(MINUTE_MS);
    assert.equal(clock.now(), START_MS + 2 * MINUTE_MS);
    assert.ok(clock.doubt?.includes(new Date(jumped + MINUTE_MS).toISOString()));
    assert.equal(warnings().length, 1);
    assert.ok(warnings()[0]?.includes(new Date(jumped).toISOString()));
    assert.ok(warnings()[0]?.includes(new Date(START_MS + MINUTE_MS).toISOString()));
    set(START_MS + 2 * MINUTE_MS + 5_000);
    assert.deepEqual([clock.doubt, clock.now()], [null, wall()]);
    assert.deepEqual(lines.slice(1), ['info the clock of this machine is believed again']);
  });
}

test('a jump that lasts is believed after an hour when nobody says otherwise, counted from the last jump', () => {
  const { clock, pass, set, wall } = machine();
  clock.begin(START_MS);
  // As a machine that slept over the weekend: its monotonic clock stood still.
  set(wall() + 3 * DAY_MS);
  assert.notEqual(clock.doubt, null);
  pass(50 * MINUTE_MS);
  set(wall() + 3 * DAY_MS);
  assert.notEqual(clock.doubt, null);
  pass(50 * MINUTE_MS);
  assert.notEqual(clock.doubt, null);
  pass(10 * MINUTE_MS);
  assert.deepEqual([clock.doubt, clock.now()], [null, wall()]);
});

test('workers that say otherwise keep up the doubt; those that jumped too do not shorten the hour, but are believed in what time it is', () => {
  const { clock, pass, set, wall } = machine();
  clock.begin(START_MS);
  set(wall() + YEAR_MS);
  clock.heard('celery@right', START_MS);
  pass(5 * HOUR_MS);
  assert.ok(clock.doubt?.includes('a worker says 2026-'), clock.doubt ?? '');
  assert.equal(clock.now(), START_MS + 5 * HOUR_MS);

  const local = machine();
  local.clock.begin(START_MS);
  local.set(START_MS + YEAR_MS);
  local.clock.heard('celery@here', START_MS + YEAR_MS);
  assert.notEqual(local.clock.doubt, null);
  assert.equal(local.clock.now(), local.wall());
  local.pass(HOUR_MS);
  assert.equal(local.clock.doubt, null);
});

test('one worker with a wrong clock is outvoted, and out of many who came and went only the last count', () => {
  const { clock, pass, set, wall } = machine();
  clock.begin(START_MS);
  set(wall() + 3 * DAY_MS);
  for (let n = 0; n < 500; n++) clock.heard(`celery@gone-${n}`, START_MS);
  for (let n = 0; n < 51; n++) clock.heard(`celery@${n}`, wall());
  clock.heard('celery@2099', Date.UTC(2099, 0));
  pass(HOUR_MS);
  assert.equal(clock.doubt, null);
});

test('after a start the clock is believed when it fits what was heard last', () => {
  const { clock, lines } = machine();
  clock.begin(START_MS - 23 * HOUR_MS);
  assert.equal(clock.doubt, null);
  const empty = machine();
  empty.clock.begin(null);
  assert.equal(empty.clock.doubt, null);
  assert.deepEqual([...lines, ...empty.lines], []);
});

for (const [what, heardMs] of [
  ['long before', START_MS - 3 * DAY_MS],
  ['long after', START_MS + YEAR_MS],
] as const) {
  test(`after a start ${what} the last that was heard, a worker confirms the clock, or an hour does`, () => {
    const heard = machine();
    heard.clock.begin(heardMs);
    assert.ok(heard.clock.doubt?.includes(new Date(heardMs).toISOString()));
    assert.equal(heard.clock.now(), heard.wall());
    heard.clock.heard('celery@a', START_MS - 5_000);
    assert.equal(heard.clock.doubt, null);

    const idle = machine();
    idle.clock.begin(heardMs);
    idle.pass(HOUR_MS - 1);
    assert.notEqual(idle.clock.doubt, null);
    idle.pass(1);
    assert.equal(idle.clock.doubt, null);
    assert.equal(idle.warnings().length, 1);

    const contradicted = machine();
    contradicted.clock.begin(heardMs);
    contradicted.clock.heard('celery@a', heardMs);
    contradicted.pass(10 * HOUR_MS);
    assert.notEqual(contradicted.clock.doubt, null);
  });
}

test('a machine that begins in 1970 is not believed, and is at once when its clock is set', () => {
  const { clock, pass, set, wall } = machine(0);
  clock.begin(null);
  assert.ok(clock.doubt?.includes('which cannot be'));
  pass(2 * HOUR_MS);
  assert.notEqual(clock.doubt, null);
  set(START_MS);
  assert.deepEqual([clock.doubt, clock.now()], [null, wall()]);
});
