// Makes the events of a busy cluster, as JSON bodies that look like Celery 5.7's: workers with prefork pools send `task.multi`
// arrays of up to 24 events, heartbeats come alone. Deterministic: the same numbers give the same bytes, times aside.

/** One message of the flood. */
export interface FloodMessage {
  readonly routingKey: 'task.multi' | 'worker.heartbeat' | 'worker.online';
  /** JSON text. */
  readonly body: string;
  /** Events in it. */
  readonly events: number;
  /** When its last event happened, epoch seconds. */
  readonly at: number;
}

export interface FloodPlan {
  readonly tasks: number;
  readonly workers: number;
  /** Epoch seconds of the first event. */
  readonly startsAt: number;
  /** How fast the events' own clock runs. Default: 20,000. */
  readonly eventsPerSecond?: number | undefined;
  /** Another seed, other task ids. */
  readonly seed: number;
}

/** What a monitor must know afterwards. */
export interface FloodFacts {
  readonly events: number;
  /** Those of tasks. */
  readonly taskEvents: number;
  readonly messages: number;
  readonly tasks: number;
  readonly states: Readonly<Record<'SUCCESS' | 'FAILURE', number>>;
}

/** received, started and an end; a retry adds three to one in 25; then the heartbeats. */
export const EVENTS_PER_TASK = 3.13;

/** Celery's own bound on a batch. */
const BATCH_EVENTS = 24;
/** Tasks that are under way at one worker at the same time: their events are woven into each other. */
const WOVEN_TASKS = 16;
const HEARTBEAT_EVERY_MESSAGES = 40;
const NAMES = ['shop.checkout', 'shop.send_receipt', 'shop.resize_image', 'billing.charge', 'search.reindex'];

/** A task id as Celery makes them: a random-looking UUID 4, because sequential ids would flatter an index. */
export function taskId(seed: number, index: number): string {
  const word = (at: number): string =>
    mixed(seed * 0x9e37_79b9 + index * 4 + at)
      .toString(16)
      .padStart(8, '0');
  const [a, b, c, d] = [word(0), word(1), word(2), word(3)] as const;
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

/** 32 bits that look random (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function isRetried(index: number): boolean {
  return index % 25 === 7;
}

function isFailing(index: number): boolean {
  return index % 50 === 3;
}

/** Some tasks of a flood, spread over all of it, with what a monitor's API must say of them. */
export function sampleOf(plan: FloodPlan): { uuid: string; state: string; name: string; retries: number }[] {
  const every = Math.max(1, Math.floor(plan.tasks / 100));
  return Array.from({ length: Math.min(plan.tasks, 100) }, (_, at) => {
    // Shifted a little each time, so that the regular ones that fail or retry are met too.
    const index = (at * every + (at % 50)) % plan.tasks;
    return {
      uuid: taskId(plan.seed, index),
      state: isFailing(index) ? 'FAILURE' : 'SUCCESS',
      name: NAMES[index % NAMES.length] as string,
      retries: isRetried(index) ? 1 : 0,
    };
  });
}

/** The messages of a flood, one by one; the generator's return value says what was in them. */
export function* floodMessages(plan: FloodPlan): Generator<FloodMessage, FloodFacts> {
  const workers = Array.from({ length: plan.workers }, (_, index) => `celery@worker-${index + 1}.example`);
  let [events, taskEvents, messages, clock, failures] = [0, 0, 0, 0, 0];
  const step = 1 / (plan.eventsPerSecond ?? 20_000);
  let now = plan.startsAt;
  const emit = (routingKey: FloodMessage['routingKey'], list: object[]): FloodMessage => {
    events += list.length;
    messages++;
    if (routingKey === 'task.multi') taskEvents += list.length;
    const body = JSON.stringify(routingKey === 'task.multi' ? list : list[0]);
    return { routingKey, body, events: list.length, at: now };
  };
  const common = (hostname: string, type: string): object => {
    clock++;
    now += step;
    return {
      hostname,
      utcoffset: 0,
      pid: 4_000 + (hostname.length % 7),
      clock,
      timestamp: Number(now.toFixed(6)),
      type,
    };
  };
  const load = (hostname: string, type: string, processed: number): object => ({
    ...common(hostname, type),
    freq: 2,
    active: 8,
    processed,
    loadavg: [0.74, 1.13, 0.86],
    sw_ident: 'py-celery',
    sw_ver: '5.7.0',
    sw_sys: 'Linux',
  });

  for (const hostname of workers) yield emit('worker.online', [load(hostname, 'worker-online', 0)]);
  for (let first = 0, turn = 0; first < plan.tasks; first += WOVEN_TASKS, turn++) {
    const hostname = workers[turn % workers.length] as string;
    const indexes = Array.from({ length: Math.min(WOVEN_TASKS, plan.tasks - first) }, (_, at) => first + at);
    const list: object[] = [];
    // All received, then all started, then all ended: neighbours in a batch belong to different tasks.
    for (const index of indexes)
      list.push({ ...common(hostname, 'task-received'), ...received(plan.seed, index, 0) });
    for (const index of indexes)
      list.push({ ...common(hostname, 'task-started'), uuid: taskId(plan.seed, index) });
    for (const index of indexes) {
      const uuid = taskId(plan.seed, index);
      if (isRetried(index)) {
        list.push(
          { ...common(hostname, 'task-received'), ...received(plan.seed, index, 1) },
          { ...common(hostname, 'task-retried'), uuid, ...failure("TimeoutError('gateway did not answer')") },
          { ...common(hostname, 'task-started'), uuid },
        );
      }
      if (isFailing(index)) {
        failures++;
        list.push({
          ...common(hostname, 'task-failed'),
          uuid,
          ...failure(`ValueError('order ${index} has no items')`),
        });
      } else {
        list.push({
          ...common(hostname, 'task-succeeded'),
          uuid,
          result: `{'order': ${index}, 'ok': True}`,
          runtime: 0.0421,
        });
      }
    }
    for (let at = 0; at < list.length; at += BATCH_EVENTS)
      yield emit('task.multi', list.slice(at, at + BATCH_EVENTS));
    if (turn % HEARTBEAT_EVERY_MESSAGES === 0) {
      for (const name of workers) yield emit('worker.heartbeat', [load(name, 'worker-heartbeat', first)]);
    }
  }
  return {
    events,
    taskEvents,
    messages,
    tasks: plan.tasks,
    states: { SUCCESS: plan.tasks - failures, FAILURE: failures },
  };
}

function received(seed: number, index: number, retries: number): object {
  const uuid = taskId(seed, index);
  return {
    uuid,
    name: NAMES[index % NAMES.length],
    args: `(${index}, 'customer-${index % 977}')`,
    kwargs: "{'priority': 'high', 'region': 'eu-west-1'}",
    root_id: uuid,
    parent_id: retries > 0 ? uuid : null,
    retries,
    eta: null,
    expires: null,
  };
}

function failure(exception: string): object {
  const frames = Array.from(
    { length: 6 },
    (_, depth) =>
      `  File "/app/shop/layer${depth}.py", line ${40 + depth}, in step${depth}\n    return step${depth + 1}(order)\n`,
  );
  return { exception, traceback: `Traceback (most recent call last):\n${frames.join('')}${exception}\n` };
}
