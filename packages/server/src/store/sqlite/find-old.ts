// Tasks beyond their age, found without an index: columns say which sealed chunks hold any, the rows themselves settle it. Oldest chunks
// first. What was deleted a moment ago is still in the columns; it is remembered, so that a step does not look for it again.
import type { DatabaseSync } from 'node:sqlite';
import type { Changes } from './columns/changes.ts';
import type { Chunk } from './columns/chunk.ts';
import { type Chunks, chunkOf, rowsOfChunk } from './columns/chunks.ts';

export interface AgeBound {
  /** Id of the label. */
  readonly state: number;
  /** Tasks of the state whose newest event is before it are too old, epoch seconds. */
  readonly bound: number;
}

export interface OldTasks {
  /** Up to `limit` row ids. Inside a transaction. */
  find(bounds: readonly AgeBound[], limit: number): number[];
  /** What was found may still be there: a transaction failed. */
  forget(): void;
}

export function createOldTasks(
  database: DatabaseSync,
  { chunks, changes }: { readonly chunks: Chunks; readonly changes: Changes },
): OldTasks {
  const among = database.prepare(
    `SELECT id FROM tasks WHERE id IN (SELECT value FROM json_each(?)) AND state = ? AND timestamp < ? LIMIT ?`,
  );
  const between = database.prepare(
    'SELECT id FROM tasks WHERE id BETWEEN ? AND ? AND state = ? AND timestamp < ? LIMIT ?',
  );
  const readEnds = database.prepare(
    'SELECT (SELECT min(id) FROM tasks) AS first, (SELECT max(id) FROM tasks) AS last',
  );
  const gone = new Set<number>();
  let version = -1;

  const idsOf = (rows: readonly object[]) => rows.map((row) => (row as { id: number }).id);

  return {
    find(bounds, limit) {
      const sealed = chunks.sealed();
      if (sealed.version !== version) gone.clear();
      version = sealed.version;
      const numbers = [...sealed.chunks.keys()].sort((a, b) => a - b);
      const found = new Set<number>();
      const take = (ids: readonly number[]) => {
        for (const id of ids) if (found.size < limit) found.add(id);
      };
      for (const { state, bound } of bounds) {
        for (const number of numbers) {
          if (found.size >= limit) break;
          const chunk = sealed.chunks.get(number);
          const candidates = chunk === undefined ? [] : candidatesIn(chunk, state, bound, gone);
          if (candidates.length === 0) continue;
          take(idsOf(among.all(JSON.stringify(candidates), state, bound, limit)));
        }
        if (found.size >= limit) break;
        // What has changed since, and what is in no sealed chunk yet.
        const changed = changes.since(0).flatMap(({ rows }) => Array.from(rows));
        take(idsOf(among.all(JSON.stringify(changed), state, bound, limit)));
        for (const [first, last] of unsealedRows(readEnds.get(), sealed.chunks)) {
          if (found.size >= limit) break;
          take(idsOf(between.all(first, last, state, bound, limit)));
        }
      }
      for (const id of found) gone.add(id);
      return [...found];
    },
    forget: () => gone.clear(),
  };
}

function candidatesIn(chunk: Chunk, state: number, bound: number, gone: ReadonlySet<number>): number[] {
  const range = chunk.range('timestamp');
  if (range === null || range.min >= bound) return [];
  if (chunk.labelIds('state')?.includes(state) === false) return [];
  const { ids, codes } = chunk.labels('state');
  const code = ids.indexOf(state);
  if (code < 0) return [];
  const times = chunk.numbers('timestamp');
  const rows: number[] = [];
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] !== code || !((times[row] as number) < bound)) continue;
    const id = chunk.ids[row] as number;
    if (!gone.has(id)) rows.push(id);
  }
  return rows;
}

/** Stretches of row ids that no sealed chunk holds, the oldest first. */
function unsealedRows(
  ends: object | undefined,
  sealed: ReadonlyMap<number, unknown>,
): (readonly [first: number, last: number])[] {
  const { first, last } = ends as { readonly first: number | null; readonly last: number | null };
  if (first === null || last === null) return [];
  const stretches: [number, number][] = [];
  for (let chunk = chunkOf(first); chunk <= chunkOf(last); chunk++) {
    if (sealed.has(chunk)) continue;
    const [from, to] = rowsOfChunk(chunk);
    const before = stretches.at(-1);
    if (before !== undefined && before[1] === from - 1) before[1] = to;
    else stretches.push([from, to]);
  }
  return stretches;
}
