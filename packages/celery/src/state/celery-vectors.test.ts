// Celery's own answers to small sequences of events (celery.events.state, run with Celery 5.7), and where Umbel's differ on
// purpose. Notation: event@timestamp; the clock is the timestamp unless /clock says otherwise.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TaskEvent } from '../events/celery-event.ts';
import { emptyTask, mergeInto } from './merge-task.ts';
import type { TaskRecord } from './task-record.ts';

const DESCRIPTION = { args: null, kwargs: null, retries: 0, eta: null, expires: null, parentId: null };

/** What each kind of event carries in these tests. */
const KINDS: Readonly<Record<string, object>> = {
  sent: {
    ...DESCRIPTION,
    type: 'task-sent',
    hostname: 'gen1@c',
    name: 'n2',
    rootId: 'r2',
    queue: 'q',
    exchange: '',
    routingKey: 'k',
  },
  received: { ...DESCRIPTION, type: 'task-received', name: 'n', rootId: 'r' },
  receivedAgain: { ...DESCRIPTION, type: 'task-received', name: 'n', rootId: 'r', retries: 1, parentId: 't' },
  started: { type: 'task-started' },
  succeeded: { type: 'task-succeeded', result: '1', runtime: 0.5 },
  failed: { type: 'task-failed', exception: 'E()', traceback: 'T' },
  retried: { type: 'task-retried', exception: 'R()', traceback: 'T' },
  revoked: { type: 'task-revoked', terminated: true, signum: '15', expired: false },
  rejected: { type: 'task-rejected', requeue: false },
  progress: { type: 'task-custom', state: 'PROGRESS' },
  cancelled: { type: 'task-custom', state: 'CANCELLED' },
};

function merge(sequence: string): TaskRecord {
  const draft = emptyTask('t');
  for (const word of sequence.split(', ')) {
    const [, kind = '', timestamp, clock, hostname] =
      /^(\w+)@([\d.]+)(?:\/(\d+))?(?: by (\S+))?$/.exec(word) ?? [];
    assert.ok(KINDS[kind], word);
    mergeInto(draft, {
      uuid: 't',
      hostname: hostname ?? 'w@h',
      timestamp: Number(timestamp),
      clock: Number(clock ?? timestamp),
      ...KINDS[kind],
    } as TaskEvent);
  }
  return draft;
}

type Row = readonly [sequence: string, expected: Partial<TaskRecord>];

function check(rows: readonly Row[]): void {
  for (const [sequence, expected] of rows) {
    test(`${sequence}: ${JSON.stringify(expected)}`, () => {
      const record = merge(sequence);
      const actual = Object.fromEntries(
        Object.keys(expected).map((field) => [field, record[field as keyof TaskRecord]]),
      );
      assert.deepEqual(actual, expected);
    });
  }
}

suite('as Celery answers', () => {
  check([
    [
      'succeeded@5, received@3',
      { state: 'SUCCESS', timestamp: 5, clock: 5, name: 'n', rootId: 'r', received: 3, succeeded: 5 },
    ],
    ['received@1, started@2, rejected@3', { state: 'STARTED', timestamp: 3, clock: 3, rejected: 3 }],
    ['failed@3, succeeded@4', { state: 'SUCCESS', timestamp: 4, clock: 4, failed: 3, exception: 'E()' }],
    ['retried@4, received@5', { state: 'RECEIVED', timestamp: 5, clock: 5, retried: 4 }],
    ['retried@4, sent@5/0', { state: 'PENDING', timestamp: 5, clock: 0 }],
    ['received@1, started@2, progress@3', { state: 'PROGRESS', timestamp: 3, started: 2 }],
    ['progress@3, cancelled@4', { state: 'CANCELLED' }],
    ['revoked@4, started@5', { state: 'REVOKED', started: 5, timestamp: 5, worker: 'w@h' }],
    ['failed@4, revoked@5', { state: 'FAILURE', revoked: 5 }],
    ['started@4, cancelled@5', { state: 'CANCELLED' }],
    ['rejected@3', { state: 'REJECTED', requeue: false }],
    [
      'sent@1, received@2, started@3, receivedAgain@4, retried@5',
      { state: 'RETRY', retries: 1, exception: 'R()' },
    ],
    [
      'sent@1, received@2, started@3, receivedAgain@4, retried@5, started@6',
      { state: 'STARTED', retries: 1 },
    ],
    [
      'received@1, started@2, receivedAgain@3, retried@4, started@5, succeeded@6',
      { state: 'SUCCESS', exception: 'R()', retries: 1 },
    ],
    [
      'sent@1',
      {
        state: 'PENDING',
        client: 'gen1@c',
        queue: 'q',
        exchange: '',
        routingKey: 'k',
        name: 'n2',
        worker: null,
      },
    ],
  ]);
});

suite('on purpose not as Celery answers: time does not run backwards', () => {
  check([
    ['succeeded@5, started@4', { state: 'SUCCESS', timestamp: 5, clock: 5, started: 4 }], // Celery: 4, 4
    [
      'succeeded@5, sent@2/1',
      { state: 'SUCCESS', timestamp: 5, clock: 5, name: 'n2', sent: 2, client: 'gen1@c' },
    ], // Celery: 2, 1
    ['succeeded@4, failed@3', { state: 'SUCCESS', timestamp: 4, clock: 4, failed: 3, exception: 'E()' }], // Celery: 3, 3
    ['received@1, started@2, progress@3, started@2.5', { state: 'PROGRESS', timestamp: 3, started: 2.5 }], // Celery: 2.5
    ['succeeded@4, progress@3', { state: 'SUCCESS', timestamp: 4 }], // Celery: 3
    ['started@3, started@2', { started: 3 }], // Celery: 2, the last to arrive
  ]);
});

suite('on purpose not as Celery answers: what has ended stays so', () => {
  check([
    ['succeeded@4, retried@3', { state: 'SUCCESS' }], // Celery: RETRY
    ['succeeded@4, retried@5', { state: 'SUCCESS' }], // Celery: RETRY; the retrying worker's clock is ahead
    ['failed@4, retried@3, started@2', { state: 'FAILURE' }], // Celery: STARTED
    ['revoked@4, progress@5', { state: 'REVOKED' }], // Celery: PROGRESS
    ['revoked@4, retried@5, sent@6', { state: 'REVOKED' }], // Celery: PENDING
  ]);
});

suite('on purpose not as Celery answers: an attempt is one by its time, not by its arrival', () => {
  check([
    ['started@3, retried@2', { state: 'STARTED' }], // Celery: RETRY
    ['retried@4, started@3', { state: 'RETRY' }], // Celery: STARTED
    ['retried@4, receivedAgain@3', { state: 'RETRY', retries: 1 }], // Celery: RECEIVED
    ['retried@4, sent@3', { state: 'RETRY' }], // Celery: PENDING
  ]);
});

suite('on purpose not as Celery answers: the description is that of the newest attempt received', () => {
  check([
    ['received@3, sent@4', { name: 'n', rootId: 'r', queue: 'q' }], // Celery: n2, r2
    ['received@3, sent@2', { name: 'n', rootId: 'r', queue: 'q', sent: 2 }], // Celery: n2, r2
    ['receivedAgain@3', { parentId: null }], // Celery: t, its own parent
    ['receivedAgain@4, received@2', { retries: 1 }], // Celery: 0
    ['succeeded@5 by a@h, started@6 by b@h', { state: 'SUCCESS', worker: 'a@h' }], // Celery: b@h
  ]);
});

suite('clocks that disagree', () => {
  const retriedAhead = 'received@1 by a@h, started@2 by a@h, retried@900 by a@h';
  check([
    [`${retriedAhead}, receivedAgain@4 by b@h`, { state: 'RETRY' }],
    [`${retriedAhead}, receivedAgain@4 by b@h, started@5 by b@h`, { state: 'STARTED' }],
    [`${retriedAhead}, receivedAgain@4 by b@h, started@5 by b@h, progress@6 by b@h`, { state: 'PROGRESS' }],
    [`${retriedAhead}, receivedAgain@4 by b@h, started@5 by b@h, retried@6 by b@h`, { state: 'RETRY' }],
    [
      `${retriedAhead}, receivedAgain@4 by b@h, started@5 by b@h, succeeded@7 by b@h`,
      { state: 'SUCCESS', worker: 'b@h' },
    ],
    [`${retriedAhead}, started@5 by b@h`, { state: 'RETRY' }], // nothing says which attempt b@h began
    [`${retriedAhead}, receivedAgain@4 by a@h, started@5 by a@h`, { state: 'RETRY' }], // one clock: it is older
  ]);
});

suite('the exception', () => {
  const hidden = (traceback: string | null): TaskRecord => {
    const draft = emptyTask('t');
    mergeInto(draft, {
      type: 'task-failed',
      uuid: 't',
      hostname: 'w@h',
      timestamp: 1,
      clock: 1,
      exception: 'ExceptionWithTraceback()',
      traceback,
    });
    return draft;
  };

  test('is the last line of the traceback when Celery names only its wrapper', () => {
    const line = 'billiard.exceptions.TimeLimitExceeded: TimeLimitExceeded(1,)';
    assert.equal(hidden(`Traceback (most recent call last):\n  File "x"\n${line}\n`).exception, line);
    assert.equal(
      hidden(`\n"""\nTraceback (most recent call last):\n  File "x"\n${line}\n"""`).exception,
      line,
    );
  });

  test('stays the wrapper when there is no traceback to look into', () => {
    assert.equal(hidden(null).exception, 'ExceptionWithTraceback()');
    assert.equal(hidden(' \n').exception, 'ExceptionWithTraceback()');
  });
});
