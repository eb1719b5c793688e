// Who answered the latest roll calls. A worker that was started without heartbeats and events shows in no other way that
// it is there, or gone. Counts calls, not time: while nobody could be asked, nobody goes missing.

/** A worker that missed so many calls in a row counts as gone. One may be missed while it is busy. */
const MISSED_CALLS = 2;

export interface Presence {
  /** Epoch seconds of its first answer since it was last gone, and of its newest. */
  readonly sinceS: number;
  readonly lastS: number;
}

export interface RollCall {
  /** A call is over: these answered, epoch seconds. */
  record(answered: readonly string[], nowS: number): void;
  /** This one answered, outside of a call. */
  hear(hostname: string, nowS: number): void;
  /** Undefined for whoever is gone or was never there. */
  presence(hostname: string): Presence | undefined;
  present(): string[];
}

/** @param recent who answered shortly before, with epoch seconds: not gone until it has missed calls */
export function createRollCall(recent: readonly (readonly [string, number])[] = []): RollCall {
  const entries = new Map<string, Presence & { readonly missed: number }>();
  for (const [hostname, atS] of recent) entries.set(hostname, { sinceS: atS, lastS: atS, missed: 0 });

  function hear(hostname: string, nowS: number): void {
    entries.set(hostname, { sinceS: entries.get(hostname)?.sinceS ?? nowS, lastS: nowS, missed: 0 });
  }

  return {
    record(answered, nowS) {
      const there = new Set(answered);
      for (const [hostname, entry] of entries) {
        if (there.has(hostname)) continue;
        const missed = entry.missed + 1;
        if (missed >= MISSED_CALLS) entries.delete(hostname);
        else entries.set(hostname, { ...entry, missed });
      }
      for (const hostname of there) hear(hostname, nowS);
    },
    hear,
    presence: (hostname) => entries.get(hostname),
    present: () => [...entries.keys()],
  };
}
