// The desk as one caller may see and use it. Every method is here, because the type asks for it: what is out of sight does not
// exist (the same error and the same lists as if it did not), what may be seen and not changed is `forbidden`, and what may be
// seen without what it carries is marked `hidden`. Which right a route needs has been asked before; here it is asked of the object.
import type { ControlRequest, TaskRecord } from '@umbel/celery';
import type { Permissions, Target } from '../auth/permissions.ts';
import type { Right } from '../auth/rights.ts';
import { namesOnly, valueFieldIn } from '../query/names-only.ts';
import type { SortField, TaskFilter } from '../store/store.ts';
import { rightOfCommand, targetOfCommand, taskIdsOf } from './command-rights.ts';
import { type Desk, DeskError, type WorkerView } from './desk.ts';
import { awaitTask, pendingResult } from './guarded-results.ts';
import { targetOfSend, targetOfTask, targetOfWorker } from './permission-targets.ts';
import { foldReplies, seesQueue, seesTaskName } from './sight.ts';
import { guardTallies } from './tallies-in-sight.ts';

/** Sorted by these a list would tell what tasks carry. */
const PAYLOAD_FIELDS: ReadonlySet<SortField> = new Set([
  'args',
  'kwargs',
  'result',
  'exception',
  'traceback',
]);

/** For one request of one caller: it remembers what was sent through it. Closing it leaves the desk itself open. */
export function guardDesk(desk: Desk, permissions: Permissions): Desk {
  /** Tasks sent through this guard, which no event has told of yet. */
  const sent = new Map<string, Target>();
  const seesAll = permissions.scopesOf('view') === null;
  const readsAll = seesAll && permissions.scopesOf('payload') === null;

  const sees = (target: Target) => permissions.covers('view', target);
  const mark = (target: Target) => (permissions.covers('payload', target) ? {} : { hidden: true as const });

  /** @throws DeskError `forbidden`; what `unknown` makes, when the target is out of sight */
  function requireCovered(right: Right, target: Target, unknown: () => DeskError): void {
    if (permissions.covers(right, target)) return;
    throw sees(target) ? forbidden(right) : unknown();
  }

  function requireRight(right: Right): void {
    if (!permissions.has(right)) throw forbidden(right);
  }

  const allViews = () => desk.workers({ refresh: false });

  async function seenViews(views: Map<string, WorkerView>): Promise<Map<string, WorkerView>> {
    const seen = [...views].filter(([, view]) => sees(targetOfWorker(view)));
    return new Map(seen.map(([name, view]) => [name, { ...view, ...mark(targetOfWorker(view)) }]));
  }

  /**
   * The worker, for whoever may see it or has `right` for it. Only those with the right everywhere make Umbel ask around for
   * one that it does not know: the others could tell by the time it takes.
   */
  async function requireWorkerFor(right: Right, name: string): Promise<WorkerView> {
    if (permissions.scopesOf(right) === null && (right !== 'view' || seesAll))
      return desk.requireWorker(name);
    const view = (await allViews()).get(name);
    if (view === undefined) throw unknownWorker(name);
    const target = targetOfWorker(view);
    if (!sees(target) && !permissions.covers(right, target)) throw unknownWorker(name);
    return view;
  }

  /** @throws DeskError `unknown_task`, `forbidden` */
  async function requireTasksFor(right: Right, ids: readonly unknown[]): Promise<void> {
    if (permissions.scopesOf(right) === null) return;
    const known = await desk.tasksById(ids.map(String));
    for (const id of ids.map(String)) {
      const task = known.get(id);
      if (task === undefined) throw unknownTask(id);
      requireCovered(right, targetOfTask(task), () => unknownTask(id));
    }
  }

  async function visibleIds(ids: readonly string[]): Promise<string[]> {
    if (seesAll || ids.length === 0) return [...ids];
    const known = await desk.tasksById(ids);
    return ids.filter((id) => known.has(id) && sees(targetOfTask(known.get(id) as TaskRecord)));
  }

  /** What the command is done to, and nothing beyond it, must be covered. */
  async function requireCommand(right: Right, request: ControlRequest, to: string | null): Promise<void> {
    requireRight(right);
    const view = to === null ? null : await requireWorkerFor(right, to);
    const ids = taskIdsOf(request);
    if (ids !== undefined) return requireTasksFor(right, ids);
    if (!permissions.covers(right, targetOfCommand(request, view))) throw forbidden(right);
  }

  /** Whether words may be looked for in what tasks carry: all that is in sight may be read. */
  function mayReadAllInSight(): boolean {
    const readable = permissions.scopesOf('payload');
    if (readable === null) return true;
    const scopes = readable.map((scope) => JSON.stringify(scope));
    return permissions.scopesOf('view')?.every((scope) => scopes.includes(JSON.stringify(scope))) === true;
  }

  /**
   * What of the filter may be asked, within what is in sight. Whether a value holds a text is the value, letter by letter: who may not
   * see values finds words in names alone, and is refused what asks about values.
   * @throws DeskError `forbidden`
   */
  function narrowed(filter: TaskFilter): TaskFilter {
    const within = permissions.scopesOf('view');
    const sight = within === null ? filter : { ...filter, within };
    if (mayReadAllInSight()) return sight;
    const { query } = filter;
    if (query !== undefined && valueFieldIn(query) !== null) throw forbidden('payload');
    return { ...sight, wordsIn: 'names', ...(query === undefined ? {} : { query: namesOnly(query) }) };
  }

  const guarded: Desk = {
    async workers({ refresh, name }) {
      if (seesAll) {
        const views = await desk.workers({ refresh, name });
        return readsAll ? views : seenViews(views);
      }
      if (name !== undefined) await requireWorkerFor('view', name);
      return seenViews(await desk.workers({ refresh, name }));
    },
    async requireWorker(name) {
      const view = await requireWorkerFor('view', name);
      return { ...view, ...mark(targetOfWorker(view)) };
    },

    async tasks(query) {
      const within = permissions.scopesOf('view');
      if (within?.length === 0)
        return { tasks: [], total: 0, totalKind: 'exact', unseen: 0, places: null, truncated: false };
      if (PAYLOAD_FIELDS.has(query.sortBy) && !mayReadAllInSight()) throw forbidden('payload');
      const page = await desk.tasks({ ...query, filter: narrowed(query.filter) });
      if (readsAll) return page;
      // The store has been told; a mistake there must not show anything.
      const tasks = page.tasks.filter((task) => sees(targetOfTask(task)));
      const hidden = tasks.filter((task) => !permissions.covers('payload', targetOfTask(task)));
      return { ...page, tasks, hidden: new Set(hidden.map((task) => task.uuid)) };
    },
    async facets(queries) {
      if (permissions.scopesOf('view')?.length === 0)
        return queries.map(() => ({ values: [], more: 0, approximate: false }));
      return desk.facets(queries.map((query) => ({ ...query, filter: narrowed(query.filter) })));
    },
    async histogram(query) {
      if (permissions.scopesOf('view')?.length === 0) {
        const none = Array.from({ length: query.buckets }, () => 0);
        return { total: none, failed: none, approximate: false };
      }
      return desk.histogram({ ...query, filter: narrowed(query.filter) });
    },
    ...guardTallies(desk, permissions),
    async gauges(query) {
      if (seesAll) return desk.gauges(query);
      const views = await seenViews(await allViews());
      // A worker that is gone is in sight where nothing but its name is asked for.
      const isSeen = (label: string): boolean =>
        query.kind === 'queue'
          ? seesQueue(permissions, label, [...views.values()])
          : views.has(label) || sees({ worker: label });
      const gauges = await desk.gauges({ ...query, labels: query.labels?.filter(isSeen) });
      return gauges.filter(({ label }) => isSeen(label));
    },
    async taskTypes() {
      const names = await desk.taskTypes();
      if (seesAll) return names;
      const views = [...(await allViews()).values()];
      return names.filter((name) => seesTaskName(permissions, ['view'], name, views));
    },
    async countByState() {
      const counts = await desk.countByState();
      if (seesAll) return counts;
      const seen = new Map<string, number>();
      for (const state of counts.keys()) {
        const page = await guarded.tasks({
          filter: { states: [state] },
          sortBy: 'received',
          descending: true,
          limit: 1,
          offset: 0,
        });
        if (page.total > 0) seen.set(state, page.total);
      }
      return seen;
    },
    async task(uuid) {
      const view = await desk.task(uuid);
      const target = targetOfTask(view.task);
      if (!sees(target)) throw unknownTask(uuid);
      return { ...view, children: await visibleIds(view.children), ...mark(target) };
    },
    async tasksById(uuids) {
      const known = await desk.tasksById(uuids);
      return seesAll ? known : new Map([...known].filter(([, task]) => sees(targetOfTask(task))));
    },

    async command(request, to) {
      const right = rightOfCommand(request.method);
      if (right === undefined) {
        throw new DeskError('bad_argument', `There is no command named ${request.method}.`);
      }
      await requireCommand(right, request, to);
      const { replies } = await desk.command(request, to);
      return seesAll ? { replies } : foldReplies(replies, await seenViews(await allViews()));
    },
    async poolSize(worker) {
      requireRight('control');
      const view = await requireWorkerFor('control', worker);
      requireCovered('control', targetOfWorker(view), () => unknownWorker(worker));
      return desk.poolSize(worker);
    },
    async shutdown(worker) {
      requireRight('shutdown');
      const view = await requireWorkerFor('shutdown', worker);
      requireCovered('shutdown', targetOfWorker(view), () => unknownWorker(worker));
      return desk.shutdown(worker);
    },

    async send(request) {
      requireRight('send');
      const queue = await desk.routeOf(request);
      const target = targetOfSend(request, queue);
      if (!permissions.covers('send', target)) throw forbidden('send');
      // Where it was found to go is where it goes, whatever workers say in the meantime.
      const taskId = await desk.send(queue === null ? request : { ...request, queue });
      sent.set(taskId, target);
      return taskId;
    },
    async routeOf(request) {
      requireRight('send');
      const queue = await desk.routeOf(request);
      if (!permissions.covers('send', targetOfSend(request, queue))) throw forbidden('send');
      return queue;
    },
    async requireRegistered(name) {
      const isFree = (['view', 'send', 'control'] as const).some(
        (right) => permissions.scopesOf(right) === null,
      );
      if (!isFree) {
        const views = [...(await allViews()).values()];
        if (!seesTaskName(permissions, ['view', 'send', 'control'], name, views)) throw unknownTaskName(name);
      }
      return desk.requireRegistered(name);
    },

    requireResultBackend: () => desk.requireResultBackend(),
    async result(taskId, options) {
      const own = sent.get(taskId);
      if (own !== undefined) return { ...(await desk.result(taskId, options)), ...mark(own) };
      if (readsAll) return desk.result(taskId, options);
      if (seesAll) {
        const result = await desk.result(taskId, options);
        const task = (await desk.tasksById([taskId])).get(taskId);
        return { ...result, ...mark(task === undefined ? {} : targetOfTask(task)) };
      }
      desk.requireResultBackend();
      const found = await awaitTask(options, async () => {
        const task = (await desk.tasksById([taskId])).get(taskId);
        return task !== undefined && sees(targetOfTask(task)) ? task : undefined;
      });
      if (found === undefined) return pendingResult(taskId);
      const result = await desk.result(taskId, { ...options, timeoutMs: found.leftMs });
      return {
        ...result,
        children: await visibleIds(result.children),
        ...mark(targetOfTask(found.task)),
      };
    },
    async abort(taskId) {
      requireRight('revoke');
      desk.requireResultBackend();
      await requireTasksFor('revoke', [taskId]);
      return desk.abort(taskId);
    },

    async queueLengths() {
      const lengths = await desk.queueLengths();
      if (seesAll) return lengths;
      const views = [...(await seenViews(await allViews())).values()];
      return new Map([...lengths].filter(([queue]) => seesQueue(permissions, queue, views)));
    },

    health: () => desk.health(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return guarded;
}

function forbidden(right: Right): DeskError {
  return new DeskError('forbidden', `This needs the right “${right}”, which you do not have here.`, {
    right,
  });
}

function unknownWorker(worker: string): DeskError {
  return new DeskError('unknown_worker', `There is no worker named ${worker}.`, { worker });
}

function unknownTask(task: string): DeskError {
  return new DeskError('unknown_task', `There is no task with the id ${task}.`, { task });
}

function unknownTaskName(name: string): DeskError {
  return new DeskError('unknown_task_name', `No known worker has registered a task named ${name}.`, { name });
}
