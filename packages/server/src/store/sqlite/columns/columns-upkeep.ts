// What has to be done so that scanning stays fast: full chunks are sealed, those with many changed rows anew, and what was noted of
// changes is drawn together. One chunk a step.
import type { DatabaseSync } from 'node:sqlite';
import type { UpkeepPart } from '../history-upkeep.ts';
import type { Changes } from './changes.ts';
import { chunkOf } from './chunks.ts';
import { createChunkSealer } from './seal-chunk.ts';

/** Full chunks that stay open: most of their tasks are still under way, and would be changed rows at once. */
export const STAY_OPEN = 2;
/** More changed rows than this make sealing a chunk anew worth it. */
const MANY_CHANGES = 4_096;
/** How long notes of changes are kept as they are: readers that look so often read what is new, and nothing else. */
const KEPT_S = 10;

/** For the one that writes tasks. */
export function createColumnsUpkeep(database: DatabaseSync, changes: Changes): UpkeepPart {
  const sealer = createChunkSealer(database);
  const readEnds = database.prepare(
    'SELECT (SELECT min(id) FROM tasks) AS first, (SELECT max(id) FROM tasks) AS last',
  );
  const readThrough = database.prepare('SELECT through FROM chunks WHERE chunk = ?');
  // But the newest, whose version would be given anew: readers would take the next one for it.
  const readFirstSealed = database.prepare(
    'SELECT min(chunk) AS chunk FROM chunks WHERE version < (SELECT max(version) FROM chunks)',
  );
  /** Chunks before it are sealed. Moved outside of transactions that write only: what they have done may be undone. */
  let next = 0;
  /** The newest change at the time, to know which are old by now. */
  let mark = { id: 0, atS: 0 };
  let old = 0;
  /** Then there is less to be noted than before. */
  let wasResealed = false;

  const throughOf = (chunk: number) => readThrough.get(chunk)?.['through'] as number | undefined;

  /** The first chunk that is not sealed, and whether it is to be. */
  const findUnsealed = (): { readonly chunk: number; readonly isFull: boolean } => {
    const { first, last } = readEnds.get() as { first: number | null; last: number | null };
    if (first === null || last === null) return { chunk: 0, isFull: false };
    // Ids may begin anew when all tasks are gone.
    let chunk = Math.max(next > chunkOf(last) ? 0 : next, chunkOf(first));
    const end = chunkOf(last) - STAY_OPEN;
    while (chunk < end && throughOf(chunk) !== undefined) chunk++;
    return { chunk, isFull: chunk < end };
  };

  const noteTime = (nowS: number) => {
    if (nowS - mark.atS < KEPT_S && nowS >= mark.atS) return;
    old = mark.id;
    mark = { id: changes.newest(), atS: nowS };
  };

  /** Draws old notes together, and answers the chunk with the most changed rows when there are many. */
  const drawTogether = (): number | undefined => {
    const rows = new Set<number>();
    const counts = new Map<number, number>();
    for (const { id, rows: changed } of changes.since(0)) {
      if (id > old) break;
      for (const row of changed) {
        const chunk = chunkOf(row);
        const through = throughOf(chunk);
        if (through === undefined || through >= id || rows.has(row)) continue;
        rows.add(row);
        counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
      }
    }
    changes.replace(old, rows);
    if (rows.size <= MANY_CHANGES) return undefined;
    return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  };

  /** A chunk before the first row is of no use any more. */
  const nextToDrop = (): number | undefined => {
    const chunk = readFirstSealed.get()?.['chunk'] as number | null;
    const { first } = readEnds.get() as { first: number | null };
    return chunk !== null && first !== null && chunk < chunkOf(first) ? chunk : undefined;
  };

  return {
    isDue(nowS) {
      noteTime(nowS);
      const { chunk, isFull } = findUnsealed();
      next = chunk;
      return (
        isFull ||
        nextToDrop() !== undefined ||
        wasResealed ||
        (changes.trimmed() < old && changes.size() > MANY_CHANGES)
      );
    },
    step() {
      const { chunk, isFull } = findUnsealed();
      if (isFull) {
        sealer.seal(chunk, changes.newest());
        return true;
      }
      const empty = nextToDrop();
      if (empty !== undefined) {
        sealer.drop(empty);
        return true;
      }
      if (changes.trimmed() >= old && !wasResealed) return false;
      const changed = drawTogether();
      wasResealed = changed !== undefined;
      if (changed === undefined) return false;
      sealer.seal(changed, changes.newest());
      return true;
    },
  };
}
