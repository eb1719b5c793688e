// Finds the first rows of an order among those that meet a condition: looks into the chunks that may hold them, best first, and asks
// the row itself only where the columns are not certain and it would be among the first.
import type { Chunk } from '../columns/chunk.ts';
import { findWindow, type KeyWindow } from './find-window.ts';
import type { Order, OrderPlace } from './order.ts';
import { Selection } from './selection.ts';
import { type RankedChunk, skipChunks } from './skip-chunks.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Evaluator, MAYBE, NO, YES } from './verdict.ts';

/** Up to so many, the bound is narrowed after every chunk; selecting among more costs more than it saves. */
const NARROW_UP_TO = 4_096;
/** From so many on it is cheaper to go through all keys several times than to keep those that come before a page. */
const COUNT_FROM = 32_768;
const ROWS_BETWEEN_LOOKS = 16;

export interface OrderWalk {
  readonly chunks: readonly Chunk[];
  readonly evaluate: Evaluator;
  /** Whether the row meets the condition: it is read. */
  readonly verify: (rowId: number) => boolean;
  readonly order: Order;
  /** Only what comes after it; null: from the beginning. */
  readonly after: OrderPlace | null;
  /** So many are passed over, and so many wanted after them. */
  readonly offset: number;
  readonly limit: number;
  readonly budget: TimeBudget;
}

export interface WalkedOrder {
  /** Rows from the `offset`th on, in order; with the order's sign. */
  readonly ids: readonly number[];
  /** Rows that were not looked at and may be among the first. */
  readonly unseen: number;
  /** How many rows meet the condition, of chunks that were looked through and whose columns are certain. */
  readonly counted: ReadonlyMap<Chunk, number>;
}

/** Which rows are looked at more closely: those with a key of the one window and, where that is a single key, a tie of the other. */
interface Narrowed {
  readonly key: KeyWindow;
  readonly tie: KeyWindow;
}

const EVERY: KeyWindow = { from: -Infinity, to: Infinity, before: 0 };

export function walkOrder(walk: OrderWalk): WalkedOrder {
  const { order, offset, limit, budget, after } = walk;
  let chunks: readonly RankedChunk[] = walk.chunks
    .map((chunk) => rankOf(chunk, order))
    // Infinity less infinity is no number.
    .sort((a, b) => (a.best === b.best ? a.bestTie - b.bestTie : a.best - b.best));
  let left = offset;
  let narrow: Narrowed = { key: EVERY, tie: EVERY };
  if (after === null && offset + limit > NARROW_UP_TO) {
    const skipped = skipChunks(chunks, walk);
    chunks = skipped.left;
    left -= skipped.rows;
    if (left + limit > COUNT_FROM) narrow = narrowed(walk, chunks, left);
    left -= narrow.key.before + narrow.tie.before;
  }
  const most = left + limit;
  const selection = new Selection(most);
  const counted = new Map<Chunk, number>();
  let unseen = 0;
  for (const { chunk, best, bestTie, worst } of chunks) {
    if (best > narrow.key.to || isBehind(best, bestTie, selection)) break;
    if (worst < narrow.key.from) continue;
    if (unseen > 0 || budget.isOver()) unseen += chunk.rows;
    else unseen += walkChunk(walk, chunk, { selection, most, narrow, counted });
    if (most <= NARROW_UP_TO) selection.settle();
  }
  return { ids: selection.idsFrom(left), unseen, counted };
}

function rankOf(chunk: Chunk, order: Order): RankedChunk {
  const positions = chunk.range('position') ?? { min: -Infinity, max: Infinity };
  return {
    chunk,
    best: order.best(chunk),
    worst: order.worst(chunk),
    bestTie: order.sign === 1 ? positions.min : -positions.max,
  };
}

/** None of the first has this key and this tie or what comes after them. */
function isBehind(key: number, tie: number, { isFull, bound, boundTie }: Selection): boolean {
  return isFull && (key > bound || (key === bound && tie > boundTie));
}

/** Every row may be among those that are wanted where columns are not certain, or where the time is over. */
function narrowed(
  { evaluate, order, limit, budget }: OrderWalk,
  chunks: readonly RankedChunk[],
  first: number,
): Narrowed {
  let isCertain = true;
  const eachKeys = (take: (keys: Float64Array, chunk: Chunk) => void): void => {
    for (const { chunk } of chunks) {
      if (isCertain && budget.isOver()) isCertain = false;
      if (!isCertain) return;
      const verdict = evaluate(chunk);
      if (verdict === NO) continue;
      const keys = order.keys(chunk);
      const { isCurrent } = chunk;
      if (verdict !== YES || isCurrent !== null) {
        for (let row = 0; row < keys.length; row++) {
          const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
          if (certainty === MAYBE) isCertain = false;
          if (certainty === NO || (isCurrent !== null && isCurrent[row] === 0)) keys[row] = NaN;
        }
      }
      take(keys, chunk);
    }
  };
  const key = findWindow(eachKeys, first, first + limit);
  if (!isCertain) return { key: EVERY, tie: EVERY };
  if (key.from !== key.to) return { key, tie: EVERY };
  const left = first - key.before;
  const tie = findWindow(
    (take) =>
      eachKeys((keys, chunk) => {
        const positions = chunk.numbers('position');
        for (let row = 0; row < keys.length; row++) {
          keys[row] = keys[row] === key.from ? (positions[row] as number) * order.sign : NaN;
        }
        take(keys);
      }),
    left,
    left + limit,
  );
  return isCertain ? { key, tie } : { key: EVERY, tie: EVERY };
}

interface Wanted {
  readonly selection: Selection;
  readonly most: number;
  readonly narrow: Narrowed;
  readonly counted: Map<Chunk, number>;
}

/** Answers how many rows were left, because the time was over. */
function walkChunk(walk: OrderWalk, chunk: Chunk, wanted: Wanted): number {
  const { evaluate, order, after } = walk;
  const { selection, narrow, counted } = wanted;
  const verdict = evaluate(chunk);
  if (verdict === NO) {
    counted.set(chunk, 0);
    return 0;
  }
  const keys = order.keys(chunk);
  const { isCurrent } = chunk;
  const { sign } = order;
  const { from } = narrow.key;
  const { bound, boundTie } = selection;
  const to = Math.min(narrow.key.to, bound);
  const { tie: ties } = narrow;
  // Of most chunks no row is wanted: their other columns are not read.
  let columns: { readonly positions: Float64Array; readonly ids: Float64Array } | null = null;
  const open: OrderPlace[] = [];
  let [certain, uncertain] = [0, 0];
  for (let row = 0; row < keys.length; row++) {
    const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
    if (certainty === NO || (isCurrent !== null && isCurrent[row] === 0)) continue;
    if (certainty === YES) certain++;
    else uncertain++;
    const key = keys[row] as number;
    if (key > to || key < from) continue;
    columns ??= { positions: chunk.numbers('position'), ids: chunk.ids };
    const tie = (columns.positions[row] as number) * sign;
    if (tie > ties.to || tie < ties.from || (key === bound && tie > boundTie)) continue;
    const id = (columns.ids[row] as number) * sign;
    if (after !== null && !isAfter(key, tie, id, after)) continue;
    if (certainty === YES) selection.add(key, tie, id);
    else open.push({ key, tie, id });
  }
  if (uncertain === 0) counted.set(chunk, certain);
  return open.length === 0 ? 0 : verifyInOrder(walk, open, wanted);
}

/** In order, so that as few rows as possible are read: none after the last that could be among the first. */
function verifyInOrder(
  { verify, budget }: OrderWalk,
  open: OrderPlace[],
  { selection, most }: Wanted,
): number {
  open.sort(comparePlaces);
  if (most <= NARROW_UP_TO) selection.settle();
  let met = 0;
  for (const [at, { key, tie, id }] of open.entries()) {
    if (met === most || isBehind(key, tie, selection)) return 0;
    if (at % ROWS_BETWEEN_LOOKS === 0 && budget.isOver()) return open.length - at;
    if (!verify(Math.abs(id))) continue;
    selection.add(key, tie, id);
    met++;
  }
  return 0;
}

export function comparePlaces(a: OrderPlace, b: OrderPlace): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.tie === b.tie ? a.id - b.id : a.tie - b.tie;
}

function isAfter(key: number, tie: number, id: number, place: OrderPlace): boolean {
  if (key !== place.key) return key > place.key;
  return tie === place.tie ? id > place.id : tie > place.tie;
}
