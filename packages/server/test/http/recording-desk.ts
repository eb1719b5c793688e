// A desk in memory for tests of routing, validation and formats: keeps what it is told, answers from what it is given,
// refuses as the real one does. What reaches workers is tested with real ones (test/api.contract.ts).
import { emptyTask, type TaskRecord, type TaskResult } from '@umbel/celery';
import {
  type CommandReplies,
  type Desk,
  DeskError,
  type Health,
  type SendRequest,
  type WorkerReply,
  type WorkerView,
} from '../../src/desk/desk.ts';
import { isWithin } from '../../src/auth/permissions.ts';
import { sumTallies } from '../../src/measures/sum-tallies.ts';
import type { Tally } from '../../src/measures/tally.ts';
import type { Gauge, GaugeQuery, TallyQuery } from '../../src/store/measures.ts';
import type { FacetQuery, HistogramQuery } from '../../src/store/task-counts.ts';
import type { TaskPage, TaskQuery } from '../../src/store/store.ts';

export interface Commanded {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly to: string | null;
}

export interface RecordingDesk extends Desk {
  /** Everything that would have reached a worker or the broker. */
  readonly commands: Commanded[];
  readonly sent: SendRequest[];
  readonly queries: TaskQuery[];
  readonly facetQueries: FacetQuery[];
  readonly histograms: HistogramQuery[];
  readonly tallyQueries: TallyQuery[];
  readonly gaugeQueries: GaugeQuery[];
  readonly waits: { readonly taskId: string; readonly timeoutMs: number }[];
  readonly refreshed: (string | undefined)[];
}

export interface DeskContents {
  readonly workers?: readonly WorkerView[];
  readonly tasks?: readonly TaskRecord[];
  /** Every page ends early. */
  readonly truncated?: boolean;
  readonly registered?: readonly string[];
  /** Null: no result backend is configured. */
  readonly results?: ReadonlyMap<string, Partial<TaskResult>> | null;
  /** Of every worker. Default: it cannot be told. */
  readonly poolSize?: number;
  readonly answer?: (worker: string, command: Commanded) => WorkerReply;
  readonly queues?: ReadonlyMap<string, number>;
  /** By the minute. */
  readonly tallies?: readonly Tally[];
  readonly gauges?: readonly Gauge[];
  readonly health?: Health;
  /** Thrown by everything that needs the broker. */
  readonly brokerError?: Error;
}

export const HEALTHY: Health = {
  broker: { url: 'redis://127.0.0.1:6379/0', connected: true, detail: 'connected since yesterday' },
  events: { connected: true, detail: 'receiving', lagSeconds: 0.1, undecodable: {}, leftOut: 0 },
  store: { location: '/tmp/umbel.db', writable: true, detail: 'fine' },
  resultBackend: { url: 'redis://127.0.0.1:6379/1', detail: 'redis' },
};

export function taskRecord(uuid: string, facts: Partial<TaskRecord> = {}): TaskRecord {
  return { ...emptyTask(uuid), ...facts };
}

export function workerView(hostname: string, facts: Partial<WorkerView['worker']> = {}): WorkerView {
  return {
    worker: {
      hostname,
      pid: 4711,
      freq: 2,
      active: 1,
      processed: 150,
      loadavg: [0.5, 0.4, 0.3],
      software: { ident: 'py-celery', version: '5.7.0', system: 'Linux' },
      onlineAt: 1_700_000_000,
      heartbeatAt: 1_700_000_100,
      offlineAt: null,
      lastEventAt: 1_700_000_100,
      clock: 7,
      status: 'online',
      statusSince: 1_700_000_000,
      offlineReason: null,
      lastHeard: 1_700_000_100,
      ...facts,
    } as WorkerView['worker'],
    replies: {
      registered: ['shop.add', 'shop.echo [rate_limit=10/m]'],
      stats: {
        pid: 4711,
        total: { 'shop.add': 150 },
        pool: { implementation: 'prefork', 'max-concurrency': 2 },
      },
      active_queues: [{ name: 'celery' }],
    },
    askedAt: { registered: 1_700_000_001, stats: 1_700_000_001, active_queues: 1_700_000_001 },
  };
}

function isSeen({ name, queue, worker }: TaskRecord, { filter: { within } }: TaskQuery): boolean {
  const target = { task: name, queues: queue === null ? [] : [queue], worker };
  return within === undefined || within.some((scope) => isWithin(scope, target));
}

function isAsked(
  { kind, label, at }: Pick<Tally | Gauge, 'kind' | 'label' | 'at'>,
  asked: TallyQuery | GaugeQuery,
): boolean {
  if (kind !== asked.kind || at < asked.from || at >= asked.to) return false;
  return asked.labels === undefined || asked.labels.includes(label);
}

function placesOf(found: readonly TaskRecord[]): TaskPage['places'] {
  const [first, last] = [found[0], found.at(-1)];
  return first === undefined || last === undefined ? null : { first: first.uuid, last: last.uuid };
}

export function createRecordingDesk(contents: DeskContents = {}): RecordingDesk {
  const workers = new Map(
    (contents.workers ?? [workerView('w1@test')]).map((view) => [view.worker.hostname, view]),
  );
  const tasks = new Map((contents.tasks ?? []).map((task) => [task.uuid, task]));
  const registered = new Set(contents.registered ?? ['shop.add', 'shop.echo']);
  const results = contents.results === undefined ? new Map<string, Partial<TaskResult>>() : contents.results;
  const commands: Commanded[] = [];
  const sent: SendRequest[] = [];
  const queries: TaskQuery[] = [];
  const facetQueries: FacetQuery[] = [];
  const histograms: HistogramQuery[] = [];
  const tallyQueries: TallyQuery[] = [];
  const gaugeQueries: GaugeQuery[] = [];
  const waits: RecordingDesk['waits'] = [];
  const refreshed: (string | undefined)[] = [];
  const answer =
    contents.answer ??
    ((worker, { method }) => ({ worker, outcome: 'ok', message: `${method} done`, value: null }));

  function needBroker(): void {
    if (contents.brokerError !== undefined) throw contents.brokerError;
  }
  async function requireWorker(name: string): Promise<WorkerView> {
    const view = workers.get(name);
    if (view === undefined)
      throw new DeskError('unknown_worker', `There is no worker named ${name}.`, { worker: name });
    return view;
  }
  function requireResultBackend(): ReadonlyMap<string, Partial<TaskResult>> {
    if (results === null) throw new DeskError('no_result_backend', 'No result backend is configured.');
    return results;
  }

  return {
    commands,
    sent,
    queries,
    facetQueries,
    histograms,
    tallyQueries,
    gaugeQueries,
    waits,
    refreshed,
    async workers({ refresh, name }) {
      if (name !== undefined) await requireWorker(name);
      if (refresh) refreshed.push(name);
      return new Map([...workers].filter(([hostname]) => name === undefined || hostname === name));
    },
    requireWorker,
    async tasks(query) {
      queries.push(query);
      const seen = [...tasks.values()].filter((task) => isSeen(task, query));
      const found = seen.slice(query.offset, query.offset + query.limit);
      return {
        tasks: found,
        total: seen.length,
        totalKind: 'exact' as const,
        unseen: 0,
        places: placesOf(found),
        truncated: contents.truncated === true,
      };
    },
    async facets(asked) {
      facetQueries.push(...asked);
      return asked.map(() => ({ values: [{ value: 'x', count: 2 }], more: 1, approximate: false }));
    },
    async histogram(query) {
      histograms.push(query);
      const counts = Array.from({ length: query.buckets }, (_, index) => index);
      return { total: counts, failed: counts, approximate: false };
    },
    async tallies(query) {
      tallyQueries.push(query);
      const { stepS } = query;
      const found = (contents.tallies ?? []).filter((tally) => isAsked(tally, query));
      return sumTallies(found, stepS).map((tally) => ({ ...tally, stepS }));
    },
    seesTallies: () => true,
    async gauges(query) {
      gaugeQueries.push(query);
      return (contents.gauges ?? []).filter((gauge) => isAsked(gauge, query));
    },
    taskTypes: async () => [...registered].sort(),
    countByState: async () =>
      new Map(
        Object.entries(Object.groupBy(tasks.values(), (task) => task.state)).map(([state, group]) => [
          state,
          group?.length ?? 0,
        ]),
      ),
    async task(uuid) {
      const task = tasks.get(uuid);
      if (task === undefined)
        throw new DeskError('unknown_task', `There is no task with the id ${uuid}.`, { task: uuid });
      return {
        task,
        children: [...tasks.values()].filter((other) => other.parentId === uuid).map((other) => other.uuid),
      };
    },
    tasksById: async (uuids) =>
      new Map(uuids.flatMap((uuid) => (tasks.has(uuid) ? [[uuid, tasks.get(uuid) as TaskRecord]] : []))),
    async command({ method, arguments: args }, to): Promise<CommandReplies> {
      needBroker();
      if (to !== null) await requireWorker(to);
      const command = { method, args, to };
      commands.push(command);
      return {
        replies: [...workers.keys()]
          .filter((name) => to === null || name === to)
          .map((name) => answer(name, command)),
      };
    },
    async poolSize(worker) {
      needBroker();
      await requireWorker(worker);
      return contents.poolSize ?? null;
    },
    async shutdown(worker) {
      needBroker();
      await requireWorker(worker);
      commands.push({ method: 'shutdown', args: {}, to: worker });
      return { stopped: true };
    },
    async send(request) {
      needBroker();
      if (request.taskId !== undefined && tasks.has(request.taskId)) {
        throw new DeskError('conflict', `There is a task with the id ${request.taskId} already.`);
      }
      sent.push(request);
      return request.taskId ?? `sent-${sent.length}`;
    },
    routeOf: async ({ queue, exchange }) => ((exchange ?? '') === '' ? (queue ?? 'celery') : null),
    async requireRegistered(name) {
      if (!registered.has(name))
        throw new DeskError('unknown_task_name', `No known worker has registered a task named ${name}.`, {
          name,
        });
    },
    requireResultBackend: () => void requireResultBackend(),
    async result(taskId, { timeoutMs }) {
      waits.push({ taskId, timeoutMs });
      return {
        taskId,
        state: 'PENDING',
        result: null,
        traceback: null,
        children: [],
        dateDone: null,
        groupId: null,
        parentId: null,
        ...requireResultBackend().get(taskId),
      };
    },
    async abort(taskId) {
      requireResultBackend();
      if (tasks.get(taskId)?.state === 'SUCCESS')
        throw new DeskError('conflict', `Task ${taskId} has already ended.`);
    },
    queueLengths: async () => {
      needBroker();
      return new Map(contents.queues ?? [['celery', 3]]);
    },
    health: async () => contents.health ?? HEALTHY,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
