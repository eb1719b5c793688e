// Keeps a flood of refusals, wrong passwords above all, from filling the trail: of many that are alike the first few are lines
// of their own, the others are counted and become one line a minute. What was done is never counted so, only what was refused.
import type { AuditEntry } from '../store/ledger.ts';

/** Lines of their own a minute, of refusals of the same action to the same person at the same address. */
export const LINES_OF_A_KIND = 10;
/** Kinds a minute: an attack from ten thousand addresses is counted as one. So a minute has at most some 2,400 lines. */
export const KINDS = 200;

export interface RefusalLimit {
  /** Whether the entry is a line of its own; else it is counted. */
  admit(entry: AuditEntry): boolean;
  /** Ends the minute: a line for each kind of which some were counted. */
  flush(): AuditEntry[];
}

interface Kind {
  lines: number;
  counted: number;
  /** The first and the newest that were counted. */
  first: AuditEntry;
  newest: AuditEntry;
  /** What all that were counted have in common. */
  who: string | null;
  target: string | null;
  address: string | null;
}

export function createRefusalLimit(): RefusalLimit {
  const kinds = new Map<string, Kind>();

  function kindOf(entry: AuditEntry): Kind {
    const own = JSON.stringify([entry.action, entry.address, entry.subject]);
    const key = kinds.has(own) || kinds.size < KINDS ? own : JSON.stringify([entry.action]);
    let kind = kinds.get(key);
    if (kind === undefined) {
      const { who, target, address } = entry;
      kind = { lines: 0, counted: 0, first: entry, newest: entry, who, target, address };
      kinds.set(key, kind);
    }
    return kind;
  }

  function count(kind: Kind, entry: AuditEntry): void {
    if (kind.counted === 0) {
      const { who, target, address } = entry;
      Object.assign(kind, { first: entry, who, target, address });
    }
    kind.counted++;
    kind.newest = entry;
    for (const fact of ['who', 'target', 'address'] as const) {
      if (kind[fact] !== entry[fact]) kind[fact] = null;
    }
  }

  return {
    admit(entry) {
      if (entry.outcome !== 'refused') return true;
      const kind = kindOf(entry);
      if (kind.lines < LINES_OF_A_KIND) {
        kind.lines++;
        return true;
      }
      count(kind, entry);
      return false;
    },
    flush() {
      const counted = [...kinds.values()].filter((kind) => kind.counted > 0);
      kinds.clear();
      return counted.map(toEntry);
    },
  };
}

function toEntry({ counted, first, newest, who, target, address }: Kind): AuditEntry {
  return {
    ...newest,
    who,
    target,
    address,
    params: { times: counted, first_at: first.at, last_at: newest.at },
    detail: `Refused ${counted} times more.`,
    replies: null,
    tookMs: 0,
  };
}
