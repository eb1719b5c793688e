// Tasks of every kind, made up: the same seed gives the same ones.
import type { TaskRecord } from '@umbel/celery';
import { aTask } from './sample-records.ts';

/** Epoch seconds around which they happen. */
export const RANDOM_TASKS_AT = 1_790_000_000;

/** Mulberry32: numbers from 0 up to 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const RANDOM_WORKERS = ['celery@web-0', 'celery@web-1', 'celery@etl-5d9f7c6b8-x2k4q', 'fast@img'];
const NAMES = ['shop.charge', 'shop.refund', 'mail.send', 'Ünï.cödé', null];
const QUEUES = ['payments', 'mail', null];
const STATES = [
  'PENDING',
  'RECEIVED',
  'STARTED',
  'SUCCESS',
  'FAILURE',
  'RETRY',
  'REVOKED',
  'REJECTED',
  'PROGRESS',
];
const ARGS = ["(4711, 'EUR')", "('it\\'s', None)", '()', "('ÄPFEL', 1.5)", '(1, ...)', null];
const KWARGS = ["{'order': {'id': 4711}}", "{'retry': False, 'name': 'Bob'}", '{}', "{'order': ...", null];
const RESULTS = ["'ok'", "{'charged': 4711}", 'None', '', null];
const ERRORS = [
  [
    "ConnectionError('refused 4711')",
    'Traceback (most recent call last):\n  File "/srv/shop/tasks.py", line 8, in charge\n    pay()\nConnectionError: refused 4711\n',
  ],
  ["KeyError('id')", null],
  ['TimeLimitExceeded(30)', null],
] as const;

export function randomTasks(seed: number, count: number): TaskRecord[] {
  const random = randomNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const maybe = <T>(value: T, share = 0.5): T | null => (random() < share ? value : null);
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const uuids: string[] = [];
  return Array.from({ length: count }, (_, index) => {
    const uuid = random() < 0.1 ? `own-${index}` : `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
    const parentId = uuids.length > 0 ? maybe(pick(uuids), 0.3) : null;
    uuids.push(uuid);
    const state = pick(STATES);
    // Times are equal now and then.
    const at = RANDOM_TASKS_AT + Math.floor(random() * 200) * 10;
    const received = maybe(at, 0.9);
    const started = maybe(at + Math.floor(random() * 40), 0.8);
    const ended = at + 40 + Math.floor(random() * 100);
    const hasFailed = state === 'FAILURE' || random() < 0.1;
    const retries = random() < 0.2 ? 1 : 0;
    const wasRetried = state === 'RETRY' || retries > 0;
    const [exception, traceback] = hasFailed || wasRetried ? pick(ERRORS) : [null, null];
    return aTask({
      uuid,
      state,
      name: pick(NAMES),
      worker: maybe(pick(RANDOM_WORKERS), 0.9),
      queue: pick(QUEUES),
      client: maybe('gen1@web'),
      sent: maybe(at - 1 - Math.floor(random() * 100)),
      received,
      started,
      succeeded: state === 'SUCCESS' ? ended : null,
      failed: hasFailed ? ended : null,
      retried: wasRetried ? at + 30 : null,
      revoked: state === 'REVOKED' ? ended : null,
      rejected: state === 'REJECTED' ? ended : null,
      custom: state === 'PROGRESS' ? { state, timestamp: ended } : null,
      requeue: state === 'REJECTED' ? random() < 0.5 : null,
      args: pick(ARGS),
      kwargs: pick(KWARGS),
      result: state === 'SUCCESS' ? pick(RESULTS) : null,
      exception,
      traceback,
      runtime: state === 'SUCCESS' ? maybe(Math.floor(random() * 100) / 10) : null,
      retries,
      eta: maybe(new Date((at + Math.floor(random() * 4_000)) * 1_000).toISOString(), 0.2),
      rootId: parentId ?? uuid,
      parentId,
      clock: index,
    });
  });
}
