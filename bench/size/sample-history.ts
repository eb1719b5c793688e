// Records of tasks as a busy shop leaves them: what `size.ts` fills a history with. Deterministic: the same index gives the same task.
import { emptyTask, type TaskRecord } from '@umbel/celery';
import { taskId } from '../ingest/synthetic-events.ts';

const NAMES = 40;
const WORKERS = 200;
const QUEUES = 10;
/** One in so many fails, with a traceback; is part of a flow; is written twice, as one that is still under way at the first write. */
const FAILED_ONE_IN = 20;
const CHILD_ONE_IN = 5;
const WRITTEN_TWICE_ONE_IN = 3;
/** Epoch seconds of the first task, and tasks a second. */
const STARTS_AT = 1_790_000_000;
const RATE = 700;
const SEED = 5;

const ARGS_CHARS = 60;
const TRACEBACK_FRAME =
  '  File "/srv/shop/app/tasks.py", line 114, in charge\n    gateway.charge(order, amount)\n';
const TRACEBACK = `Traceback (most recent call last):\n${TRACEBACK_FRAME.repeat(11)}`;

/** The task in the end. 60 bytes of args, 2 to 40 of kwargs, some 20 of result; times have microseconds. */
export function sampleTask(index: number): TaskRecord {
  const uuid = taskId(SEED, index);
  const received = micros(STARTS_AT + index / RATE);
  const started = micros(received + 0.0012 + (index % 97) / 10_000);
  const runtime = ((index * 7919) % 99_991) / 33_333 + 0.001_3;
  const ended = micros(started + runtime);
  const failed = index % FAILED_ONE_IN === 0;
  const isChild = index % CHILD_ONE_IN === CHILD_ONE_IN - 1;
  const parent = isChild ? taskId(SEED, index - CHILD_ONE_IN + 1) : null;
  const order = 4_000_000 + index;
  return {
    ...emptyTask(uuid),
    name: `shop.tasks.step_${index % NAMES}`,
    state: failed ? 'FAILURE' : 'SUCCESS',
    received,
    started,
    succeeded: failed ? null : ended,
    failed: failed ? ended : null,
    args: `(${order}, '${uuid.slice(0, 8)}'`.padEnd(ARGS_CHARS - 2, 'x').concat(',)'),
    kwargs: index % 2 === 0 ? '{}' : `{'currency': 'EUR', 'attempt': ${index % 10}}`,
    result: failed ? null : `{'charged': ${order}}`,
    exception: failed ? `ConnectionError('order ${order}: connection refused')` : null,
    traceback: failed ? `${TRACEBACK}ConnectionError: order ${order}: connection refused\n` : null,
    runtime: failed ? null : runtime,
    worker: `celery@pool-${index % WORKERS}`,
    queue: `queue-${index % QUEUES}`,
    exchange: '',
    routingKey: `queue-${index % QUEUES}`,
    client: `gen1@web-${index % 12}`,
    sent: micros(received - 0.004),
    pid: 1_000 + (index % 64),
    rootId: parent ?? uuid,
    parentId: parent,
    clock: 10_000 + index * 4,
    timestamp: ended,
  };
}

/** The same task when it has only begun; null for most, which begin and end within one batch of the collector. */
export function sampleTaskBefore(index: number): TaskRecord | null {
  if (index % WRITTEN_TWICE_ONE_IN !== 0) return null;
  const task = sampleTask(index);
  return {
    ...task,
    state: 'STARTED',
    succeeded: null,
    failed: null,
    result: null,
    exception: null,
    traceback: null,
    runtime: null,
    timestamp: task.started ?? task.timestamp,
  };
}

function micros(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
