// Which queue a task goes to when nobody says: what the workers that know the task are configured to (task_routes,
// task_default_queue), as Celery's own router decides. Format: celery/app/routes.py; settings as `inspect conf` tells them.
import { matchesPattern } from '../store/name-pattern.ts';
import type { WorkerView } from './desk.ts';
import { queueNames } from './queue-lengths.ts';

/**
 * What Celery says in place of a route when the task's name holds `api`, `token`, `key`, `pass` or the like, which it takes for
 * the name of a secret (celery/app/utils.py, HIDDEN_SETTINGS).
 */
const HIDDEN_ROUTE = /^\*+$/;

/**
 * The queue for a task that is sent without one. Workers that know the task may disagree, or be gone: then a queue that
 * somebody consumes counts first. `defaultQueue` is for workers that say nothing, and when nobody knows the task.
 */
export function chooseQueue(taskName: string, views: readonly WorkerView[], defaultQueue: string): string {
  const online = views.filter(({ worker }) => worker.status === 'online');
  const knows = ({ replies }: WorkerView) => registeredNames(replies['registered']).includes(taskName);
  const asked = online.some(knows) ? online : views;
  const wanted = asked.filter(knows).flatMap(({ replies }) => {
    const queue = routedQueue(taskName, replies['conf']) ?? defaultQueue;
    // At least somebody who knows the task gets it.
    return HIDDEN_ROUTE.test(queue) ? queueNames(replies['active_queues']) : [queue];
  });
  const consumed = new Set(online.flatMap(({ replies }) => queueNames(replies['active_queues'])));
  return wanted.find((queue) => consumed.has(queue)) ?? wanted[0] ?? defaultQueue;
}

/** `registered` lists names, some with settings behind: `shop.add [rate_limit=10/m]`. */
export function registeredNames(reply: unknown): string[] {
  if (!Array.isArray(reply)) return [];
  return reply.filter((line) => typeof line === 'string').map((line) => line.replace(/ \[.*$/s, ''));
}

type Settings = Readonly<Record<string, unknown>>;

/** Undefined when the settings do not say. Routes that are functions are unknown here, and so are left out. */
export function routedQueue(taskName: string, settings: unknown): string | undefined {
  if (!isObject(settings)) return undefined;
  const routes = settings['task_routes'];
  for (const table of Array.isArray(routes) ? routes : [routes]) {
    const route = findRoute(taskName, entriesOf(table));
    if (route !== undefined) return queueOf(route) ?? name(settings['task_default_queue']);
  }
  return name(settings['task_default_queue']);
}

/** `{pattern: route}`, or a list of such pairs. */
function entriesOf(table: unknown): (readonly [string, unknown])[] {
  if (isObject(table)) return Object.entries(table);
  if (!Array.isArray(table)) return [];
  return table.filter(
    (pair): pair is [string, unknown] => Array.isArray(pair) && typeof pair[0] === 'string',
  );
}

/** The name itself goes before patterns, wherever it stands. */
function findRoute(taskName: string, entries: readonly (readonly [string, unknown])[]): unknown {
  const exact = entries.findLast(([pattern]) => pattern === taskName);
  return (exact ?? entries.find(([pattern]) => matches(pattern, taskName)))?.[1];
}

/** As Python's fnmatch, which Celery asks only about patterns with a star. Sets such as `[ab]` are not known here. */
function matches(pattern: string, taskName: string): boolean {
  return pattern.includes('*') && matchesPattern(pattern, taskName);
}

/** A route is the name of a queue, or options of which `queue` is one. */
function queueOf(route: unknown): string | undefined {
  return name(isObject(route) ? route['queue'] : route);
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
