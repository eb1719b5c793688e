import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { TaskEvent } from '../events/celery-event.ts';
import { emptyTask, mergeInto, mergeTask, mergeTasks } from './merge-task.ts';
import { taskHistory } from './task-history.ts';
import type { TaskRecord } from './task-record.ts';

const DESCRIPTION = {
  name: 'shop.add',
  args: '(1, 2)',
  kwargs: '{}',
  retries: 0,
  eta: null,
  expires: null,
  rootId: 't',
  parentId: null,
} as const;

const MORE = {
  sent: { ...DESCRIPTION, type: 'task-sent', queue: 'celery', exchange: '', routingKey: 'celery' },
  received: { ...DESCRIPTION, type: 'task-received' },
  started: { type: 'task-started' },
  succeeded: { type: 'task-succeeded', result: '3', runtime: 0.5 },
  failed: { type: 'task-failed', exception: "ValueError('no')", traceback: 'Traceback …' },
  retried: { type: 'task-retried', exception: "OSError('try again')", traceback: 'Traceback …' },
  revoked: { type: 'task-revoked', terminated: false, signum: null, expired: false },
  rejected: { type: 'task-rejected', requeue: false },
  progress: { type: 'task-custom', state: 'PROGRESS' },
  cancelled: { type: 'task-custom', state: 'CANCELLED' },
} as const;

/** An event of task `t` from worker w@h (task-sent: from a client), with what a test wants to be different. */
function event(kind: keyof typeof MORE, timestamp: number, fields: object = {}): TaskEvent {
  const hostname = kind === 'sent' ? 'gen1@c' : 'w@h';
  return { hostname, timestamp, clock: timestamp, uuid: 't', pid: 7, ...MORE[kind], ...fields };
}

function merge(events: readonly TaskEvent[]): TaskRecord {
  const draft = emptyTask('t');
  for (const one of events) mergeInto(draft, one);
  return draft;
}

/** Few times, names and values, so that everything collides with everything. */
const anyEvent: fc.Arbitrary<TaskEvent> = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(MORE) as (keyof typeof MORE)[])),
    timestamp: fc.integer({ min: 1, max: 9 }),
    clock: fc.integer({ min: 0, max: 2 }),
    hostname: fc.constantFrom('a@h', 'b@h', 'c@h'),
    pid: fc.constantFrom(undefined, 1, 2),
    retries: fc.integer({ min: 0, max: 2 }),
    text: fc.constantFrom(null, 'a', 'b', 'ExceptionWithTraceback()'),
    other: fc.constantFrom(null, 'x', 'y', 't'),
    flag: fc.boolean(),
    runtime: fc.constantFrom(null, 1, 2),
  })
  .map(({ kind, timestamp, clock, hostname, pid, retries, text, other, flag, runtime }) => {
    const sender = { hostname, timestamp, clock, uuid: 't', pid };
    switch (MORE[kind].type) {
      case 'task-sent':
      case 'task-received':
        return {
          ...sender,
          ...MORE[kind],
          name: text,
          args: other,
          kwargs: text,
          retries,
          eta: other,
          expires: text,
          rootId: other,
          parentId: other,
          ...(kind === 'sent' ? { queue: text, exchange: other, routingKey: text } : {}),
        };
      case 'task-succeeded':
        return { ...sender, type: 'task-succeeded', result: text, runtime };
      case 'task-failed':
      case 'task-retried':
        return { ...sender, ...MORE[kind], exception: text, traceback: other };
      case 'task-revoked':
        return { ...sender, type: 'task-revoked', terminated: flag, signum: other, expired: flag };
      case 'task-rejected':
        return { ...sender, type: 'task-rejected', requeue: flag };
      default:
        return { ...sender, ...MORE[kind] };
    }
  }) as fc.Arbitrary<TaskEvent>;

/** So many lines that a history has to leave some out. */
const manyLines: fc.Arbitrary<TaskEvent[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom('progress', 'received', 'started', 'retried', 'sent'),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom('a@h', 'b@h'),
      fc.integer({ min: 0, max: 3 }),
    ),
    { minLength: 90, maxLength: 180 },
  )
  .map((lines) =>
    lines.map(([kind, timestamp, hostname, retries]) =>
      event(kind as keyof typeof MORE, timestamp, { hostname, retries }),
    ),
  );

const someEvents = fc.oneof(
  { weight: 4, arbitrary: fc.array(anyEvent, { maxLength: 14 }) },
  { weight: 1, arbitrary: manyLines },
);

suite('the same set of events gives the same record', () => {
  test('in any order', () => {
    fc.assert(
      fc.property(
        someEvents.chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
          ),
        ),
        ([events, shuffled]) => {
          assert.deepEqual(merge(shuffled), merge(events));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  test('with repeats, which say nothing new', () => {
    fc.assert(
      fc.property(
        someEvents.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events))),
        ([events, repeats]) => {
          const once = merge(events);
          const draft = { ...once };
          for (const one of repeats) assert.equal(mergeInto(draft, one), false);
          assert.deepEqual(draft, once);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('also after a restart, when the record comes back as JSON', () => {
    fc.assert(
      fc.property(someEvents, someEvents, (before, after) => {
        const kept = JSON.parse(JSON.stringify(merge(before))) as TaskRecord;
        assert.deepEqual(after.reduce(mergeTask, kept), merge([...before, ...after]));
      }),
      { numRuns: 500 },
    );
  });

  test('and its history is the set of lines: the oldest 20 and the newest 80', () => {
    fc.assert(
      fc.property(manyLines, (events) => {
        const history = taskHistory(merge(events));
        const lines = new Set(events.map(lineOf)).size;
        assert.equal(history.length, Math.min(lines, 100));
        const times = history.map((entry) => entry.timestamp);
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
        const all = [...new Map(events.map((one) => [lineOf(one), one.timestamp])).values()].sort(
          (a, b) => a - b,
        );
        assert.deepEqual(times, lines <= 100 ? all : [...all.slice(0, 20), ...all.slice(-80)]);
      }),
      { numRuns: 200 },
    );
  });
});

function lineOf(one: TaskEvent): string {
  const retries = one.type === 'task-sent' || one.type === 'task-received' ? one.retries : '';
  return `${one.type} ${one.timestamp} ${one.hostname} ${retries}`;
}

suite('joining two records', () => {
  test('gives what merging the events of both would have given', () => {
    fc.assert(
      fc.property(someEvents, someEvents, (left, right) => {
        assert.deepEqual(mergeTasks(merge(left), merge(right)), merge([...left, ...right]));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(someEvents, someEvents, someEvents, (one, two, three) => {
        const [a, b, c] = [merge(one), merge(two), merge(three)];
        assert.deepEqual(mergeTasks(a, b), mergeTasks(b, a));
        assert.deepEqual(mergeTasks(mergeTasks(a, b), c), mergeTasks(a, mergeTasks(b, c)));
        assert.deepEqual(mergeTasks(a, a), a);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves both as they were', () => {
    const a = merge([event('received', 1), event('retried', 2), event('received', 3)]);
    const b = merge([event('started', 2, { hostname: 'other@h' }), event('progress', 3)]);
    const before = structuredClone([a, b]);
    mergeTasks(a, b);
    mergeTask(a, event('succeeded', 9));
    assert.deepEqual([a, b], before);
  });
});
