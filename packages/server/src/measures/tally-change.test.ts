import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, mergeInto, mergeTasks, type TaskEvent, type TaskRecord } from '@umbel/celery';
import * as fc from 'fast-check';
import { aTask } from '../../test/store/sample-records.ts';
import { countedTask } from './counted-task.ts';
import { sumTallies } from './sum-tallies.ts';
import { tallyChange } from './tally-change.ts';
import { createTaskSum } from './task-sum.ts';
import type { Counts, Tally } from './tally.ts';

const NONE: Counts = { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 };
const nothing = { label: '', counts: NONE, runSeconds: 0, run: [], wait: [] };
const of = (tallies: readonly Tally[], kind: Tally['kind']) => tallies.filter((tally) => tally.kind === kind);

test('each change of state counts in the minute of its own time, for everything, name, worker and queue', () => {
  const record = aTask({
    uuid: 'a',
    state: 'SUCCESS',
    name: 'shop.add',
    worker: 'celery@w',
    queue: 'fast',
    received: 60,
    started: 119,
    succeeded: 185,
    runtime: 2,
  });
  const tallies = tallyChange(undefined, record);
  const expected = [
    { ...nothing, at: 60, counts: { ...NONE, received: 1, started: 1 }, wait: [[47, 1]] },
    { ...nothing, at: 180, counts: { ...NONE, succeeded: 1 }, runSeconds: 2, run: [[33, 1]] },
  ];
  assert.deepEqual(
    of(tallies, 'all'),
    expected.map((tally) => ({ ...tally, kind: 'all' })),
  );
  for (const [kind, label] of [
    ['name', 'shop.add'],
    ['worker', 'celery@w'],
    ['queue', 'fast'],
  ] as const) {
    assert.deepEqual(
      of(tallies, kind),
      expected.map((tally) => ({ ...tally, kind, label })),
    );
  }
  assert.deepEqual(of(tallies, 'failure'), []);
});

test('failures and retries count for their fingerprint too', () => {
  const failed = aTask({ uuid: 'a', state: 'FAILURE', name: 'n', failed: 60, exception: "KeyError('x')" });
  const [tally, ...others] = of(tallyChange(undefined, failed), 'failure');
  assert.match(tally?.label ?? '', /^1-[0-9a-f]{16}$/);
  assert.deepEqual([tally?.at, tally?.counts, others], [60, { ...NONE, failed: 1 }, []]);
  // What has an error and did not fail counts nowhere: nothing says when.
  const running = aTask({ uuid: 'a', state: 'STARTED', started: 60, exception: "KeyError('x')" });
  assert.deepEqual(of(tallyChange(undefined, running), 'failure'), []);
});

test('what does not change counts nothing', () => {
  const record = aTask({ uuid: 'a', name: 'n', received: 60, args: '(1,)' });
  assert.deepEqual(tallyChange(record, { ...record, args: '(2,)', pid: 3, received: 61 }), []);
});

test('what is counted otherwise later is taken back', () => {
  const before = aTask({ uuid: 'a', received: 60, started: 70, worker: 'w1', retries: 1 });
  const after = { ...before, name: 'n', worker: 'w2', started: 130 };
  const tallies = tallyChange(before, after);
  const counts = (kind: Tally['kind']) =>
    of(tallies, kind).map(({ label, at, counts: { received, started } }) => [label, at, received, started]);
  assert.deepEqual(counts('all'), [
    ['', 60, 0, -1],
    ['', 120, 0, 1],
  ]);
  assert.deepEqual(counts('name'), [
    ['n', 60, 1, 0],
    ['n', 120, 0, 1],
  ]);
  assert.deepEqual(counts('worker'), [
    ['w1', 60, -1, -1],
    ['w2', 60, 1, 0],
    ['w2', 120, 0, 1],
  ]);
});

const at = fc.double({ min: 1000, max: 1400, noNaN: true });
const common = {
  uuid: fc.constant('t'),
  hostname: fc.constantFrom('w1', 'w2'),
  timestamp: at,
  clock: fc.nat(9),
};
const described = {
  ...common,
  name: fc.constantFrom('n1', 'n2'),
  args: fc.constant('()'),
  kwargs: fc.constant('{}'),
  retries: fc.nat(2),
  eta: fc.constantFrom(null, '1970-01-01T00:18:00+00:00'),
  expires: fc.constant(null),
  rootId: fc.constant('t'),
  parentId: fc.constant(null),
};
const failing = {
  ...common,
  exception: fc.constantFrom("A('1')", "B('2')"),
  traceback: fc.constantFrom(null, 'Traceback\nA: 1'),
};
const type = <T extends TaskEvent['type']>(word: T) => fc.constant(word);
const event = fc.oneof(
  fc.record({
    ...described,
    type: type('task-sent'),
    queue: fc.constantFrom('q1', 'q2'),
    exchange: fc.constant(''),
    routingKey: fc.constant('q'),
  }),
  fc.record({ ...described, type: type('task-received') }),
  fc.record({ ...common, type: type('task-started') }),
  fc.record({
    ...common,
    type: type('task-succeeded'),
    result: fc.constant('1'),
    runtime: fc.double({ min: 0, max: 99, noNaN: true }),
  }),
  fc.record({ ...failing, type: type('task-failed') }),
  fc.record({ ...failing, type: type('task-retried') }),
  fc.record({
    ...common,
    type: type('task-revoked'),
    terminated: fc.constant(true),
    signum: fc.constant('9'),
    expired: fc.constant(false),
  }),
) as fc.Arbitrary<TaskEvent>;

function recordOf(events: readonly TaskEvent[]): TaskRecord {
  const draft = emptyTask('t');
  for (const each of events) mergeInto(draft, each);
  return draft;
}

test('all changes of a task, in any order, with repeats and cut into batches anyhow, sum up to what its last record counts as', () => {
  fc.assert(
    fc.property(
      fc
        .array(event, { minLength: 1, maxLength: 10 })
        .chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray([...events, ...events], { minLength: events.length }),
          ),
        ),
      fc.array(fc.nat(20), { maxLength: 6 }),
      ([events, disorder], cuts) => {
        const stream = [...disorder, ...events];
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const changes: Tally[] = [];
        const batch = createTaskSum();
        let stored: TaskRecord | undefined;
        for (let index = 1; index < bounds.length; index++) {
          const part = stream.slice(bounds[index - 1], bounds[index]);
          if (part.length === 0) continue;
          const heard = recordOf(part);
          const after = stored === undefined ? heard : mergeTasks(stored, heard);
          changes.push(...tallyChange(stored, after));
          batch.change(stored === undefined ? undefined : countedTask(stored), countedTask(after));
          stored = after;
        }
        const expected = tallyChange(undefined, recordOf(events));
        assert.deepEqual(sumTallies(changes), expected);
        assert.deepEqual(batch.tallies(), expected);
      },
    ),
    { numRuns: 300 },
  );
});
