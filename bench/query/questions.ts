// What is asked, and how long it may take. Each question is asked in many variants, so that no answer is remembered.
import { SORT_FIELDS } from '../../packages/server/src/store/store.ts';
import { type FilledHistory, historyTask } from './fill-history.ts';

export interface Question {
  readonly what: string;
  /** @param n 0 and on: which variant */
  path(n: number): string;
  /** Wanted p99, milliseconds, by size of the history; null: nothing was promised. */
  readonly targetMs: { readonly million: number | null; readonly tenMillion: number | null };
  /** Ask for one page after the other, by cursor. */
  readonly follow?: boolean | undefined;
  /** A dear one, asked less often. */
  readonly dear: boolean;
}

const NOTHING_PROMISED = { million: null, tenMillion: null };
const PAGE = { million: 20, tenMillion: 50 };
const WORST = { million: 200, tenMillion: null };
const SEARCH = { million: 150, tenMillion: 500 };
const INFO = { million: 2, tenMillion: 2 };
const COUNTS = { million: 100, tenMillion: null };

/** Any spread will do, as long as neighbours are far apart. */
function spread(n: number, below: number): number {
  return Math.floor(((n * 0.618_033_988_75) % 1) * below);
}

export function questions(history: FilledHistory): Question[] {
  const { tasks } = history;
  const anyTask = (n: number) => historyTask(history, spread(n, tasks));
  const receivedOf = (index: number): number => historyTask(history, index).received ?? 0;
  const oldest = receivedOf(0);
  const newest = receivedOf(tasks - 1);
  /** A stretch of `share` of the history. */
  const window = (n: number, share: number): { from: number; to: number } => {
    const length = (newest - oldest) * share;
    const from = oldest + (spread(n, 1_000) / 1_000) * (newest - oldest - length);
    return { from, to: from + length };
  };
  const list = (parameters: Readonly<Record<string, string | number>>): string =>
    `/api/tasks?${query({ limit: 100, ...parameters })}`;
  const v1 = (path: string, parameters: Readonly<Record<string, string | number>>): string =>
    `/api/v1/${path}?${query(parameters)}`;
  const page = (
    what: string,
    path: (n: number) => string,
    targetMs: Question['targetMs'] = PAGE,
  ): Question => ({ what, path, targetMs, dear: false });
  const worst = (what: string, path: (n: number) => string): Question => ({
    what,
    path,
    targetMs: WORST,
    dear: true,
  });
  const search = (what: string, path: (n: number) => string): Question => ({
    what,
    path,
    targetMs: SEARCH,
    dear: true,
  });
  const counts = (what: string, path: (n: number) => string): Question => ({
    what,
    path,
    targetMs: COUNTS,
    dear: true,
  });
  const name = (n: number): string => `shop.tasks.step_${n % 40}`;
  const worker = (n: number): string => `celery@pool-${spread(n, 200)}`;
  const state = (n: number): string => (n % 2 === 0 ? 'SUCCESS' : 'FAILURE');

  return [
    // What a question costs that asks for nothing: the rest of the machine has its share in it.
    page('floor: /healthz', () => '/healthz', NOTHING_PROMISED),
    page('newest page', (n) => list({ workername: '', taskname: '', offset: n % 2 })),
    page('by state', (n) => list({ state: state(n) })),
    page('by worker', (n) => list({ workername: worker(n) })),
    page('by type', (n) => list({ taskname: name(n) })),
    page('by time window', (n) => {
      const { from, to } = window(n, 0.05);
      return list({ received_start: from, received_end: to });
    }),
    page('by type and worker', (n) => list({ taskname: name(n), workername: `celery@pool-${n % 200}` })),
    page('by state and type', (n) => list({ taskname: name(n * 20), state: 'FAILURE' })),
    page('by state and time window', (n) => {
      const { from, to } = window(n, 0.05);
      return list({ received_start: from, received_end: to, state: state(n) });
    }),
    page('q: by queue', (n) => v1('tasks', { q: `queue:=queue-${n % 10}`, limit: 100 })),
    page('q: newest page', () => v1('tasks', { limit: 100 })),
    worst('two sets that never meet', (n) => list({ state: 'FAILURE', taskname: name(2 * n + 1) })),
    worst('q: two sets that never meet', (n) =>
      v1('tasks', { q: `state:SUCCESS name:=${name(20 * n)}`, limit: 100 }),
    ),
    ...SORT_FIELDS.map((field) =>
      worst(`sorted by ${field}`, (n) => list({ sort_by: n % 2 === 0 ? field : `-${field}` })),
    ),
    worst('sorted by runtime, by type', (n) => list({ sort_by: '-runtime', taskname: name(n) })),
    worst('offset 10,000', (n) => list({ offset: 10_000 + n })),
    worst('offset 500,000', (n) => list({ offset: Math.min(500_000, tasks >> 1) + n })),
    worst('offset at the end', (n) => list({ offset: tasks - 100 - n })),
    worst('offset 500,000, by state', (n) =>
      list({ offset: Math.min(500_000, tasks >> 1) + n, state: 'SUCCESS' }),
    ),
    worst('offset 500,000, by runtime', (n) =>
      list({ offset: Math.min(500_000, tasks >> 1) + n, sort_by: 'runtime' }),
    ),
    { ...page('page after page, by cursor', () => list({})), follow: true },
    { ...page('q: page after page, by cursor', () => v1('tasks', { limit: 100 })), follow: true },
    { ...worst('page after page, by runtime', () => list({ sort_by: '-runtime' })), follow: true },
    search('search: in one task', (n) => list({ search: `charged': ${4_000_000 + spread(n, tasks)}` })),
    search('search: begin of an id', (n) => list({ search: anyTask(n).uuid.slice(0, 8) })),
    search('search: nowhere', (n) => list({ search: `no-such-word-${n}` })),
    search('search: nowhere, 3 letters', (n) => list({ search: `qx${String.fromCharCode(97 + (n % 26))}` })),
    search('search: 2 letters', (n) => list({ search: `${String.fromCharCode(97 + (n % 26))}7` })),
    search('search: in every task', () => list({ search: 'shop.tasks' })),
    search('search: in one of 20', () => list({ search: 'connection refused' })),
    search('search: two words', (n) => list({ search: `currency ${4_000_000 + spread(n, tasks)}` })),
    search('q: words and fields', (n) =>
      v1('tasks', { q: `state:FAILURE name:${name(20 * n)} refused`, limit: 100 }),
    ),
    search('q: longer than', () => v1('tasks', { q: 'run:>2.99s', limit: 100 })),
    search('q: argument', (n) => v1('tasks', { q: `kwargs.attempt:${n % 10} -worker:pool-1`, limit: 100 })),
    search('q: either', (n) => v1('tasks', { q: `queue:=queue-${n % 10} OR retries:>0`, limit: 100 })),
    page('task info by id', (n) => `/api/task/info/${anyTask(n).uuid}`, INFO),
    page('q: task by id', (n) => v1('tasks', { q: `id:${anyTask(n).uuid}`, limit: 100 })),
    counts('types', () => '/api/task/types'),
    counts('facets, all', () => v1('tasks/facets', {})),
    counts('facets, by state', (n) => v1('tasks/facets', { q: `state:${state(n)}` })),
    counts('facets, by type and window', (n) => {
      const { from, to } = window(n, 0.3);
      return v1('tasks/facets', { q: `name:=${name(n)}`, from: rfc3339(from), to: rfc3339(to) });
    }),
    counts('histogram, all', (n) => v1('tasks/histogram', { ...rfcWindow(window(n, 0.9)), buckets: 60 })),
    counts('histogram, by state', (n) =>
      v1('tasks/histogram', { q: 'state:FAILURE', ...rfcWindow(window(n, 0.9)), buckets: 60 }),
    ),
    counts('series, all', (n) => v1('metrics/tasks', { ...rfcWindow(window(n, 0.9)), series: 'finished' })),
    counts('series, p95 by type', (n) =>
      v1('metrics/tasks', { ...rfcWindow(window(n, 0.9)), series: 'run_p95', by: 'name' }),
    ),
    counts('table of types', (n) => v1('types', rfcWindow(window(n, 0.9)))),
    counts('groups of failures', (n) => v1('failures', rfcWindow(window(n, 0.9)))),
  ];
}

function rfcWindow({ from, to }: { readonly from: number; readonly to: number }): {
  from: string;
  to: string;
} {
  return { from: rfc3339(from), to: rfc3339(to) };
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function query(parameters: Readonly<Record<string, string | number>>): string {
  return new URLSearchParams(
    Object.entries(parameters)
      .filter(([, value]) => value !== '')
      .map(([key, value]): [string, string] => [key, `${value}`]),
  ).toString();
}
