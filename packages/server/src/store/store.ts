// THE SEAM to the durable store: what the collector writes and the desk reads, and nothing of SQL.
// Implementation: sqlite/ (postgres/ follows with the same file names). Every implementation runs store.contract.ts.
// All methods are promises, because an implementation may live on a thread or a server of its own.
import type { TaskRecord, WorkerRecord } from '@umbel/celery';
import type { Tally } from '../measures/tally.ts';
import type { QueryContext } from '../query/query-context.ts';
import type { TaskCondition } from '../query/task-condition.ts';
import type { Sharing } from './collecting.ts';
import type { Measures } from './measures.ts';
import type { TaskCounts } from './task-counts.ts';

/** A worker as kept: its own facts, and what Umbel concluded about it. */
export interface StoredWorker extends WorkerRecord {
  readonly status: 'online' | 'offline';
  /** Umbel's clock, epoch seconds. */
  readonly statusSince: number;
  /** Why it is offline: it said goodbye, or it was silent too long; null while online. */
  readonly offlineReason: 'goodbye' | 'silent' | null;
  /** Umbel's clock, epoch seconds, when something from it was last heard. */
  readonly lastHeard: number;
}

/** What the worker answered when it was asked (stats, registered …), JSON values by inspect method, and when. */
export interface WorkerDetails {
  readonly hostname: string;
  /** Epoch seconds by method: each list ages on its own. */
  readonly askedAt: Readonly<Record<string, number>>;
  readonly replies: Readonly<Record<string, unknown>>;
}

/** Fields a list can be sorted by; the API's names map onto them one to one. */
export const SORT_FIELDS = [
  'uuid',
  'name',
  'state',
  'worker',
  'queue',
  'received',
  'sent',
  'started',
  'succeeded',
  'failed',
  'retried',
  'revoked',
  'rejected',
  'runtime',
  'retries',
  'timestamp',
  'args',
  'kwargs',
  'result',
  'exception',
  'traceback',
  'eta',
  'expires',
  'client',
  'root_id',
  'parent_id',
  'exchange',
  'routing_key',
  'clock',
  'finished',
  'wait',
] as const;
export type SortField = (typeof SORT_FIELDS)[number];

/** Patterns (name-pattern.ts), of which one of each list must match; a missing list is not looked at. What a task does not say matches none. */
export interface TaskScope {
  readonly tasks?: readonly string[] | undefined;
  readonly queues?: readonly string[] | undefined;
  readonly workers?: readonly string[] | undefined;
}

/** Which tasks. Every given condition must hold; lists mean any of them, matched exactly. */
export interface TaskFilter {
  readonly names?: readonly string[] | undefined;
  readonly workers?: readonly string[] | undefined;
  readonly states?: readonly string[] | undefined;
  /** Epoch seconds, inclusive. A task without `received` never matches a bounded window. */
  readonly receivedFrom?: number | undefined;
  readonly receivedTo?: number | undefined;
  /** Each word must occur in name, uuid, args, kwargs, result or exception; Unicode case is ignored, nothing is special. */
  readonly words?: readonly string[] | undefined;
  /** Where words are looked for. `names`: in name and uuid alone. Default: everywhere. */
  readonly wordsIn?: 'everywhere' | 'names' | undefined;
  /** Only tasks in one of these; an empty list: none. */
  readonly within?: readonly TaskScope[] | undefined;
  readonly rootId?: string | undefined;
  /** In the search language; must hold too. */
  readonly query?: TaskCondition | undefined;
  /** For `query`; needed where it asks for `is:` flags. */
  readonly known?: QueryContext | undefined;
}

/** A place between two tasks of a list: what `TaskPage.places` told, of the same filter and order. Opaque. */
export interface TaskPlace {
  readonly place: string;
  /** `before`: the page that ends there. It has the list's own order all the same. */
  readonly side: 'after' | 'before';
}

export interface TaskQuery {
  readonly filter: TaskFilter;
  readonly sortBy: SortField;
  readonly descending: boolean;
  /** 0: nothing but the total. */
  readonly limit: number;
  readonly offset: number;
  /** Begin here instead of at the beginning: every page costs the same. `offset` counts from here. */
  readonly at?: TaskPlace | undefined;
  /** Milliseconds that looking may take; what was not looked at then is in `TaskPage.unseen`. Default: as long as any reading. */
  readonly withinMs?: number | undefined;
}

/** `at_least`: there may be more. `about`: estimated. */
export type TotalKind = 'exact' | 'at_least' | 'about';

export interface TaskPage {
  readonly tasks: readonly TaskRecord[];
  /** Tasks that match, wherever the page begins. */
  readonly total: number;
  readonly totalKind: TotalKind;
  /** Tasks that nobody looked at, because the time was over: some of them may belong on this page. 0 is the rule. */
  readonly unseen: number;
  /** Where the first and the last of `tasks` stand, for `TaskQuery.at`; null on an empty page. */
  readonly places: { readonly first: string; readonly last: string } | null;
  /** The page ends early, because its texts would be longer than `PAGE_CHARS`: the next one begins after the tasks that are here. */
  readonly truncated: boolean;
}

/**
 * How long all texts of one page may be together, UTF-16 code units. The largest page of the API holds 10,000 tasks; while Celery cuts
 * each of their args, kwargs and result at 1,024 characters, it is whole. At least one task always fits.
 */
export const PAGE_CHARS = 32 * 1024 * 1024;

/** One batch of the collector: applied whole or not at all. */
export interface StoreBatch {
  readonly tasks: readonly TaskRecord[];
  readonly workers: readonly StoredWorker[];
  /** Names of workers to forget, with their details; their tasks stay. Done first: who is in `workers` too is kept. */
  readonly forgottenWorkers?: readonly string[] | undefined;
  /** What `tasks` add to the counts of their minutes: added to what is there. */
  readonly tallies?: readonly Tally[] | undefined;
}

/** What may go. */
export interface PruneRule {
  /** Tasks whose newest event is older, epoch seconds. Missing: no task is too old. */
  readonly before?: number | undefined;
  /** By state, instead of `before`. */
  readonly beforeByState?: ReadonlyMap<string, number> | undefined;
  /** While there are more tasks, the oldest, whatever their age and state. */
  readonly maxTasks?: number | undefined;
  /** While the data is larger, the oldest, whatever their age and state. */
  readonly maxBytes?: number | undefined;
  readonly limit: number;
}

/** What a rule would delete now. */
export interface PrunePreview {
  /** Tasks that are too old, by state; most first. */
  readonly tooOld: readonly { readonly state: string; readonly tasks: number }[];
  /** Tasks that go besides, the oldest of all that are left, because there are more than may be. */
  readonly tooMany: number;
  /** How many bytes the data is above its bound; how many tasks go for it is known only when they have gone. */
  readonly excessBytes: number;
}

export interface StoreFacts {
  /** For people: a path, or a URL with the password masked. */
  readonly location: string;
  readonly tasks: number;
  readonly sizeBytes: number;
  /** `received` (or first event) of the oldest task kept, epoch seconds. */
  readonly oldest: number | null;
}

export interface Store extends TaskCounts, Measures, AsyncDisposable {
  /** Current records of these tasks, for merging; unknown ids are left out. */
  readTasks(uuids: readonly string[]): Promise<Map<string, TaskRecord>>;
  /**
   * One transaction; durable when the promise resolves. Rejects with StoreError `full`, `unavailable`: then it may have been applied all
   * the same, so whoever tries again begins with `readTasks`, and counts (`tallies`) what its tasks differ by from that.
   */
  write(batch: StoreBatch): Promise<void>;

  listTasks(query: TaskQuery): Promise<TaskPage>;
  /** Ids of the tasks this one started, by time. Bounded to 1,000. */
  childrenOf(uuid: string): Promise<string[]>;
  /** Every task name ever seen and still kept, sorted. */
  taskTypes(): Promise<string[]>;
  countByState(): Promise<Map<string, number>>;

  workers(): Promise<StoredWorker[]>;
  workerDetails(): Promise<WorkerDetails[]>;
  writeWorkerDetails(details: WorkerDetails): Promise<void>;

  /** Deletes old tasks in one small step, at most `limit` of them. Answers how many went; 0 means nothing is left to delete. */
  prune(rule: PruneRule): Promise<number>;

  /** What `prune` would delete in all, those that are too old first. */
  previewPrune(rule: Omit<PruneRule, 'limit'>): Promise<PrunePreview>;

  /**
   * Gives space that deleted tasks left back to the disk, in one small step of at most `limitBytes`. Answers how many bytes
   * went; 0 means that nothing worth giving back is left.
   */
  shrink(limitBytes: number): Promise<number>;

  /**
   * One small step of upkeep behind the writer (indexes, folding of old counts), some 20 ms long. Answers whether there is more to do.
   * @param nowS epoch seconds, default: the store's own clock; null: nobody knows, and nothing counts as old
   */
  tidy(nowS?: number | null): Promise<boolean>;

  facts(): Promise<StoreFacts>;

  /**
   * Whether the holder is the one that does this for all processes, for so many seconds from now. Who asks again in time keeps it.
   * @param holder a random id of the process
   */
  claim(duty: string, holder: string, seconds: number): Promise<boolean>;

  /** Which collectors write this history together; null where there is but one. */
  sharing(): Promise<Sharing | null>;

  /** Waits for what is under way. Safe to call twice; every other call then rejects with StoreError `closed`. */
  close(): Promise<void>;
}

export type StoreErrorCode = 'full' | 'unavailable' | 'too_slow' | 'damaged' | 'too_new' | 'closed';

/** An expected failure of the store. */
export class StoreError extends Error {
  override name = 'StoreError';
  /**
   * `too_new`: the file or schema belongs to a newer Umbel. `too_slow`: reading was given up at its deadline; a narrower question may be
   * answered. Only `full` and `unavailable` may pass by themselves.
   */
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
