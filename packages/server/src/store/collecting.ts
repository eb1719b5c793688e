// THE SEAM between collectors that share one history. Each of them hears all events, and writes those of its slices: a task belongs to one by
// its id, a worker by its name. What a collector hears of other slices it remembers for a while (collector/shadow.ts), so that whoever
// takes a slice over has what the former holder could not write any more. Implementation: postgres/share.ts. A history in a file has
// one collector, which writes everything.

/** More than collectors that anybody runs, few enough to be looked at each second. */
export const SLICES = 16;

/** FNV-1a, over the code units of an id or a hostname. */
export function sliceOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  // The low bits of this hash depend on the low bits of the text alone.
  return ((hash >>> 16) ^ hash) & (SLICES - 1);
}

/** A stretch in which nobody heard the events of some slices. */
export interface Gap {
  /** Epoch seconds, the store's clock. */
  readonly from: number;
  readonly to: number;
  /** How many of all slices. */
  readonly slices: number;
}

/** One of the collectors. */
export interface SharingCollector {
  /** Host and process, for people. */
  readonly name: string;
  /** Slices it writes. */
  readonly slices: number;
  /** As it says it itself. */
  readonly status: unknown;
}

/** How a history is collected by several. */
export interface Sharing {
  /** Those that were seen in the last seconds, by name. */
  readonly collectors: readonly SharingCollector[];
  /** Slices that none of them writes. */
  readonly unheld: number;
  /** The newest 100, newest first. */
  readonly gaps: readonly Gap[];
}

/** What a collector does when its share changes. */
export interface ShareHolder {
  /**
   * Writes what it has of these slices; from now on `holds` says no. Answers whether everything is in the store: until it is, the slices
   * are kept.
   */
  give(slices: ReadonlySet<number>): Promise<boolean>;
  /** Somebody else has taken them over already: nothing of them can be written any more. */
  lose(slices: ReadonlySet<number>): void;
  /** From now on `holds` says yes. */
  take(slices: ReadonlySet<number>): void;
  /** For how long it has heard all events without a break, milliseconds; null: it hears none. */
  listenedMs(): number | null;
  /** How long ago happened what it hears and writes now, milliseconds, as far as it knows. */
  behindMs(): number;
  /** JSON. */
  status(): object;
}

/** The slices of one collector. */
export interface Share extends AsyncDisposable {
  /** Whether a task of this id, or a worker of this name, is this collector's to write. */
  readonly holds: (name: string) => boolean;
  /** Whether this collector is the one that keeps the history in order. */
  readonly isKeeper: boolean;
  /** Begins to take slices. Once. */
  start(holder: ShareHolder): void;
  /** Gives everything away, after `holder.give`. Safe to call twice. */
  close(): Promise<void>;
}
