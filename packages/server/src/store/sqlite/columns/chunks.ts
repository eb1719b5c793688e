// All chunks as they are now: sealed ones as they were written, the rows that have changed since in chunks of their own, and the newest
// rows, which are in no sealed chunk yet. Kept between two looks: only what was written meanwhile is read.
import type { DatabaseSync } from 'node:sqlite';
import { type ReadTexts, textReader } from '../grams/fresh-texts.ts';
import { type GrowingChunk, growingChunk } from './build-chunk.ts';
import type { Changes } from './changes.ts';
import { type Chunk, CHUNK_ROWS } from './chunk.ts';
import { readFacts } from './chunk-facts.ts';
import { type ChunkRows, readChunkRows } from './chunk-row.ts';
import { columnId } from './column-numbers.ts';
import { type DecodedColumns, decodedColumns } from './decoded-columns.ts';
import { openSealedChunk, type SealedChunk } from './sealed-chunk.ts';

/** Memory for decoded columns, a connection. A million tasks have 8 MB of positions, and 2 MB of each label. */
const CACHE_BYTES = 24 * 1024 * 1024;
/** So many chunks that are not sealed yet are built in memory, the newest; more are there only while sealing is behind. */
const MOST_OPEN = 16;

export interface CurrentChunks {
  readonly chunks: readonly Chunk[];
  /** About how many rows are in none of them, because sealing is behind. They are older than the rows of open chunks. */
  readonly beyond: number;
}

export interface Chunks {
  /** Inside a read transaction. What it answers is good until the end of it. */
  current(): CurrentChunks;
  /** The sealed ones alone, by number, whatever has changed since; `version` changes with them. Inside a transaction. */
  sealed(): { readonly version: number; readonly chunks: ReadonlyMap<number, Chunk> };
}

export function chunkOf(rowId: number): number {
  return Math.floor((rowId - 1) / CHUNK_ROWS);
}

/** First and last row id of a chunk. */
export function rowsOfChunk(chunk: number): readonly [first: number, last: number] {
  return [chunk * CHUNK_ROWS + 1, (chunk + 1) * CHUNK_ROWS];
}

interface Sealed {
  readonly view: SealedChunk;
  /** The newest change that it has in it. */
  readonly through: number;
}

export function openChunks(database: DatabaseSync, changes: Changes): Chunks {
  return new ChunkKeeper(database, changes);
}

class ChunkKeeper implements Chunks {
  readonly #changes: Changes;
  readonly #rows: ChunkRows;
  readonly #readTexts: ReadTexts;
  readonly #cache: DecodedColumns = decodedColumns(CACHE_BYTES);
  readonly #select;
  readonly #sealed = new Map<number, Sealed>();
  readonly #views = new Map<number, SealedChunk>();
  readonly #open = new Map<number, GrowingChunk>();
  /** Rows of sealed chunks that have changed since, and the change that said so last. */
  readonly #changed = new Map<number, number>();
  #overlay: GrowingChunk[] = [];
  /** Of the newest sealed chunk that was read. */
  #version = 0;
  /** Sealed chunks were read that `current` has not answered yet. */
  #isResealed = false;
  #seen = 0;
  #current: CurrentChunks | null = null;

  constructor(database: DatabaseSync, changes: Changes) {
    this.#changes = changes;
    this.#rows = readChunkRows(database);
    this.#readTexts = textReader(database);
    this.#select = {
      version: database.prepare('SELECT max(version) AS version, count(*) AS count FROM chunks'),
      since: database.prepare('SELECT chunk, version, through, rows, facts FROM chunks WHERE version > ?'),
      numbers: database.prepare('SELECT chunk FROM chunks'),
      column: database.prepare('SELECT data FROM columns WHERE id = ?'),
      ends: database.prepare(
        'SELECT (SELECT min(id) FROM tasks) AS first, (SELECT max(id) FROM tasks) AS last',
      ),
    };
  }

  current(): CurrentChunks {
    const newest = this.#changes.newest();
    this.#readCatalogue();
    const isResealed = this.#isResealed;
    if (this.#current !== null && newest === this.#seen && !isResealed) return this.#current;
    if (this.#seen < this.#changes.trimmed()) this.#forgetChanges();
    const written = this.#readChanges();
    const beyond = this.#growOpen(written.open);
    if (isResealed || written.resealed) this.#layOver([...this.#changed.keys()], true);
    else this.#layOver(written.sealed, false);
    const chunks: Chunk[] = [...this.#open.values(), ...this.#overlay];
    for (const { view } of this.#sealed.values()) if (view.rows > 0) chunks.push(view);
    this.#isResealed = false;
    this.#seen = newest;
    this.#current = { chunks, beyond };
    return this.#current;
  }

  /** Changes that were not read are gone: whatever rests on them is made anew. */
  #forgetChanges(): void {
    this.#open.clear();
    this.#changed.clear();
    this.#seen = 0;
  }

  sealed(): { readonly version: number; readonly chunks: ReadonlyMap<number, Chunk> } {
    this.#readCatalogue();
    return { version: this.#version, chunks: this.#views };
  }

  #readCatalogue(): void {
    const { version, count } = this.#select.version.get() as { version: number | null; count: number };
    if ((version ?? 0) === this.#version && count === this.#sealed.size) return;
    this.#isResealed = true;
    for (const row of this.#select.since.all(this.#version)) {
      const chunk = row['chunk'] as number;
      const rows = row['rows'] as number;
      const view = openSealedChunk({
        chunk,
        rows,
        version: row['version'] as number,
        facts: readFacts(row['facts'] as string),
        read: (of, number) =>
          (this.#select.column.get(columnId(of, number))?.['data'] as Uint8Array | undefined) ?? null,
        rebuilt: () => this.#build(chunk),
        cache: this.#cache,
      });
      this.#sealed.set(chunk, { view, through: row['through'] as number });
      this.#views.set(chunk, view);
      this.#open.delete(chunk);
    }
    this.#version = version ?? 0;
    if (count === this.#sealed.size) return;
    const there = new Set(this.#select.numbers.all().map((row) => row['chunk'] as number));
    for (const chunk of this.#sealed.keys()) {
      if (there.has(chunk)) continue;
      this.#sealed.delete(chunk);
      this.#views.delete(chunk);
    }
  }

  /** What was written since the last look, where it matters. */
  #readChanges(): {
    readonly open: Map<number, number[]>;
    readonly sealed: number[];
    readonly resealed: boolean;
  } {
    const open = new Map<number, number[]>();
    const sealed: number[] = [];
    for (const { id, rows } of this.#changes.since(this.#seen)) {
      for (const row of rows) {
        const chunk = chunkOf(row);
        const known = this.#sealed.get(chunk);
        if (known === undefined) {
          const list = open.get(chunk);
          if (list === undefined) open.set(chunk, [row]);
          else list.push(row);
        } else if (id > known.through) {
          this.#changed.set(row, id);
          sealed.push(row);
        }
      }
    }
    let resealed = false;
    for (const [row, id] of this.#changed) {
      const known = this.#sealed.get(chunkOf(row));
      if (known !== undefined && id > known.through) continue;
      this.#changed.delete(row);
      resealed = true;
    }
    return { open, sealed, resealed };
  }

  /** Answers how many rows are beyond the chunks that may be open. */
  #growOpen(written: ReadonlyMap<number, readonly number[]>): number {
    const { first, last } = this.#select.ends.get() as { first: number | null; last: number | null };
    if (first === null || last === null) {
      this.#open.clear();
      return 0;
    }
    let beyond = 0;
    const wanted = new Set<number>();
    for (let chunk = chunkOf(last); chunk >= chunkOf(first); chunk--) {
      if (this.#sealed.has(chunk)) continue;
      if (wanted.size < MOST_OPEN) wanted.add(chunk);
      else beyond += CHUNK_ROWS;
    }
    for (const chunk of this.#open.keys()) if (!wanted.has(chunk)) this.#open.delete(chunk);
    for (const chunk of wanted) {
      const growing = this.#open.get(chunk);
      const rows = written.get(chunk);
      if (growing === undefined || (rows !== undefined && !this.#put(growing, rows))) {
        this.#open.set(chunk, this.#build(chunk));
      }
    }
    return beyond;
  }

  /** False when the chunk has no room: it is made anew. */
  #put(growing: GrowingChunk, ids: readonly number[]): boolean {
    const missing = new Set(ids);
    for (const row of this.#rows.byIds(missing)) {
      missing.delete(row[0] as number);
      if (!growing.put(row)) return false;
    }
    for (const id of missing) growing.remove(id);
    return true;
  }

  #build(chunk: number): GrowingChunk {
    const growing = growingChunk(CHUNK_ROWS, this.#readTexts);
    for (const row of this.#rows.between(...rowsOfChunk(chunk))) growing.put(row);
    return growing;
  }

  /** Puts changed rows into chunks of their own, and marks them in their sealed ones. */
  #layOver(rows: readonly number[], anew: boolean): void {
    if (anew) this.#overlay = [];
    const missing = new Set(rows);
    for (const row of this.#rows.byIds(missing)) {
      missing.delete(row[0] as number);
      this.#putOver(row);
    }
    for (const id of missing) for (const growing of this.#overlay) growing.remove(id);
    if (anew) for (const { view } of this.#sealed.values()) view.isCurrent = null;
    for (const id of rows) this.#mark(id);
  }

  #putOver(row: Parameters<GrowingChunk['put']>[0]): void {
    const id = row[0] as number;
    const holder = this.#overlay.find((growing) => growing.holds(id));
    if (holder !== undefined) {
      if (holder.put(row)) return;
      holder.remove(id);
    }
    const last = this.#overlay.at(-1);
    if (last?.put(row) === true) return;
    const next = growingChunk(CHUNK_ROWS, this.#readTexts);
    next.put(row);
    this.#overlay.push(next);
  }

  /** The row in its sealed chunk is old. */
  #mark(id: number): void {
    const view = this.#sealed.get(chunkOf(id))?.view;
    if (view === undefined || view.rows === 0) return;
    const [first] = rowsOfChunk(chunkOf(id));
    const row = view.rows === CHUNK_ROWS ? id - first : indexOf(view.ids, id);
    if (row < 0) return;
    view.isCurrent ??= new Uint8Array(view.rows).fill(1);
    view.isCurrent[row] = 0;
  }
}

/** In rising ids; -1 when it is not there. */
function indexOf(ids: Float64Array, id: number): number {
  let [first, end] = [0, ids.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((ids[middle] as number) < id) first = middle + 1;
    else end = middle;
  }
  return ids[first] === id ? first : -1;
}
