// Events of many tasks, sent at an even rate while a test does something else, and what a monitor must know of them afterwards.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CeleryEvent, decodeEvents, emptyTask, mergeInto, type TaskRecord } from '@umbel/celery';
import type { RabbitVhost, RedisServer } from '@umbel/testkit';
import { publishEvents } from './collector/publish-events.ts';

type RawEvent = Record<string, unknown>;

/** Answers when the broker has them. */
export type Publish = (events: readonly RawEvent[]) => Promise<void>;

export function publishOnRedis(redis: RedisServer): Publish {
  const client = redis.client();
  return (events) => publishEvents(client, events);
}

/** As `task.multi` arrays; heartbeats alone. The exchange is there: somebody listens. */
export function publishOnRabbit(rabbit: RabbitVhost): Publish {
  const send = async (routingKey: string, body: unknown): Promise<void> => {
    const answer = await rabbit.api('POST', '/api/exchanges/{vhost}/celeryev/publish', {
      routing_key: routingKey,
      payload: JSON.stringify(body),
      payload_encoding: 'string',
      properties: { content_type: 'application/json', content_encoding: 'utf-8', delivery_mode: 1 },
    });
    if ((answer as { routed?: boolean }).routed !== true) throw new Error(`nobody listens to ${routingKey}`);
  };
  return async (events) => {
    const ofTasks = events.filter(({ type }) => String(type).startsWith('task-'));
    for (const event of events.filter(({ type }) => !String(type).startsWith('task-')))
      await send(String(event['type']).replace('-', '.'), event);
    if (ofTasks.length > 0) await send('task.multi', ofTasks);
  };
}

export interface SteadyFlood {
  readonly workers: readonly string[];
  /** Ends the tasks that have begun, and answers what all of them must look like, by id. The workers go on beating. */
  finish(): Promise<ReadonlyMap<string, TaskRecord>>;
  /** Ends the heartbeats too. */
  stop(): Promise<void>;
}

const TICK_MS = 50;
const TASKS_PER_TICK = 10;
const WORKERS = 6;
const BEAT_EVERY_TICKS = 20;

/** 200 tasks a second, about 650 events, each tick's shuffled. @throws what `publish` throws, at `finish` or `stop` */
export function startFlood(publish: Publish): SteadyFlood {
  const workers = Array.from({ length: WORKERS }, (_, index) => `celery@flood-${index}`);
  const truth = new Map<string, TaskRecord>();
  const waiting: RawEvent[][] = [];
  const stopping = new AbortController();
  let [begun, clock, finishing] = [0, 0, false];

  function remember(raw: RawEvent): void {
    const body = Buffer.from(JSON.stringify(raw));
    const message = {
      headers: {},
      properties: {},
      body,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
    };
    for (const event of decodeEvents(message).events) {
      if (!isOfTask(event)) continue;
      const record = truth.get(event.uuid) ?? emptyTask(event.uuid);
      mergeInto(record, event);
      truth.set(event.uuid, record);
    }
  }

  async function run(): Promise<void> {
    for (let tick = 0; !stopping.signal.aborted; tick++) {
      const events: RawEvent[] = [];
      if (!finishing) {
        for (let count = 0; count < TASKS_PER_TICK; count++) waiting.push(lifeOf(begun++, workers));
      }
      // Each task's next event, in an order that is nobody's.
      for (const life of waiting.filter(() => finishing || Math.random() < 0.8)) {
        const event = life.shift();
        if (event === undefined) waiting.splice(waiting.indexOf(life), 1);
        else events.push({ ...event, clock: ++clock, timestamp: Date.now() / 1_000 });
      }
      events.sort(() => Math.random() - 0.5);
      for (const event of events) remember(event);
      if (tick % BEAT_EVERY_TICKS === 0) events.push(...workers.map((name) => heartbeat(name, ++clock)));
      await publish(events);
      await sleep(TICK_MS);
    }
  }

  const running = run();
  // Told where it is awaited.
  running.catch(() => undefined);
  return {
    workers,
    async finish() {
      finishing = true;
      while (waiting.length > 0) await Promise.race([sleep(TICK_MS), running]);
      return truth;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function isOfTask(event: CeleryEvent): event is Parameters<typeof mergeInto>[1] {
  return 'uuid' in event;
}

function lifeOf(index: number, workers: readonly string[]): RawEvent[] {
  const uuid = randomUUID();
  const hostname = workers[index % workers.length];
  const common = { hostname, utcoffset: 0, pid: 10 + (index % 3), uuid };
  const received = (retries: number) => ({
    ...common,
    type: 'task-received',
    name: `flood.kind_${index % 7}`,
    args: `(${index},)`,
    kwargs: '{}',
    root_id: uuid,
    parent_id: null,
    retries,
    eta: null,
    expires: null,
  });
  const started = { ...common, type: 'task-started' };
  const failure = { exception: `KeyError(${index % 5})`, traceback: `Traceback\nKeyError: ${index % 5}\n` };
  const ended =
    index % 9 === 4
      ? { ...common, type: 'task-failed', ...failure }
      : { ...common, type: 'task-succeeded', result: `${index}`, runtime: (index % 100) / 64 };
  return index % 8 === 3
    ? [received(0), started, { ...common, type: 'task-retried', ...failure }, received(1), started, ended]
    : [received(0), started, ended];
}

function heartbeat(hostname: string, clock: number): RawEvent {
  return {
    type: 'worker-heartbeat',
    hostname,
    utcoffset: 0,
    pid: 9,
    clock,
    timestamp: Date.now() / 1_000,
    freq: 2,
    active: 1,
    processed: clock,
    loadavg: [0.1, 0.2, 0.3],
    sw_ident: 'py-celery',
    sw_ver: '5.7.0',
    sw_sys: 'Linux',
  };
}
