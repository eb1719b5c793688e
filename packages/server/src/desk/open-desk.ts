// Puts the desk together. Each part is a file of its own; this one only says which part answers which call.
import { type Broker, connectionSentence, type Log, type Mailbox, type ResultBackend } from '@umbel/celery';
import type { Store, TaskFilter } from '../store/store.ts';
import { createQueryContexts } from './query-context.ts';
import { type Desk, DeskError, type Health, type WorkerView } from './desk.ts';
import { asDeskErrors } from './desk-error.ts';
import { readQueueLengths } from './queue-lengths.ts';
import { createTaskResults } from './task-results.ts';
import { createTaskSending } from './task-sending.ts';
import { createWorkerCommands } from './worker-commands.ts';
import { openWorkerDetails, type WorkerDetailsOptions } from './worker-details.ts';

export interface DeskOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  readonly results: ResultBackend | null;
  /** What the collector says about itself; asked at each health check. */
  readonly collectorHealth: () => Pick<Health, 'events' | 'store' | 'clock' | 'sharing'>;
  readonly inspectTimeoutMs: number;
  readonly enableEvents: boolean;
  /** Celery's task_default_queue. */
  readonly defaultQueue: string;
  /** Masks what workers' answers tell of tasks, by inspect method, before they are kept. Default: kept as they come. */
  readonly redactReplies?: WorkerDetailsOptions['redactReplies'];
  readonly log: Log;
}

/** The desk uses what it is given and closes only what it opened itself. */
export async function openDesk(options: DeskOptions): Promise<Desk> {
  const { store, broker, results } = options;
  const details = await openWorkerDetails(options);
  const { registered, ...sending } = createTaskSending({ ...options, details });
  const commands = createWorkerCommands({ ...options, details, requireWorker });
  const taskResults = createTaskResults({ store, results });

  async function requireWorker(name: string): Promise<WorkerView> {
    const known = (await details.views()).get(name);
    if (known !== undefined) return known;
    // It may just have started, or send no events: a worker that answers exists.
    const answers =
      broker.connection.state === 'connected' && (await asDeskErrors(() => details.discover(name)));
    const found = answers ? (await details.views()).get(name) : undefined;
    if (found === undefined)
      throw new DeskError('unknown_worker', `There is no worker named ${name}.`, { worker: name });
    return found;
  }

  const contexts = createQueryContexts(store);
  const known = async (filter: TaskFilter): Promise<TaskFilter> =>
    filter.query === undefined ? filter : { ...filter, known: await contexts.contextOf(filter.query) };

  const desk: Desk = {
    async workers({ refresh, name }) {
      if (name !== undefined) await requireWorker(name);
      if (refresh) await details.refresh(name === undefined ? null : [name]);
      const views = await details.views();
      return name === undefined ? views : new Map([...views].filter(([hostname]) => hostname === name));
    },
    requireWorker,

    tasks: async (query) => store.listTasks({ ...query, filter: await known(query.filter) }),
    facets: async (queries) =>
      store.facets(
        await Promise.all(queries.map(async (query) => ({ ...query, filter: await known(query.filter) }))),
      ),
    histogram: async (query) => store.histogram({ ...query, filter: await known(query.filter) }),
    tallies: (query) => store.tallies(query),
    seesTallies: () => true,
    gauges: (query) => store.gauges(query),
    countByState: () => store.countByState(),
    async taskTypes() {
      return [...new Set([...(await store.taskTypes()), ...(await registered())])].sort();
    },
    async task(uuid) {
      const task = (await store.readTasks([uuid])).get(uuid);
      if (task === undefined)
        throw new DeskError('unknown_task', `There is no task with the id ${uuid}.`, { task: uuid });
      return { task, children: await store.childrenOf(uuid) };
    },

    tasksById: (uuids) => store.readTasks(uuids),

    ...commands,
    ...sending,
    ...taskResults,
    queueLengths: () => readQueueLengths(broker, details),

    async health(): Promise<Health> {
      return {
        broker: {
          url: broker.displayUrl,
          connected: broker.connection.state === 'connected',
          detail: connectionSentence(broker.connection),
        },
        ...options.collectorHealth(),
        resultBackend: {
          url: results?.displayUrl ?? null,
          detail:
            results === null ? 'none configured (--result-backend)' : connectionSentence(results.connection),
        },
      };
    },
    close: () => details.close(),
    [Symbol.asyncDispose]: () => details.close(),
  };
  return desk;
}
