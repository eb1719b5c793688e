// Finds the first rows of an order among those that meet a condition: looks into the chunks that may hold them, best first, and asks
// the row itself only where the columns are not certain and it would be among the first.
import type { Chunk } from '../columns/chunk.ts';
import type { Order, OrderPlace } from './order.ts';
import { Selection } from './selection.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Evaluator, NO, YES } from './verdict.ts';

/** Up to so many, the bound is narrowed after every chunk; selecting among more costs more than it saves. */
const NARROW_UP_TO = 4_096;
const ROWS_BETWEEN_LOOKS = 16;

export interface OrderWalk {
  readonly chunks: readonly Chunk[];
  readonly evaluate: Evaluator;
  /** Whether the row meets the condition: it is read. */
  readonly verify: (rowId: number) => boolean;
  readonly order: Order;
  /** Only what comes after it; null: from the beginning. */
  readonly after: OrderPlace | null;
  /** So many of the first are wanted. */
  readonly most: number;
  readonly budget: TimeBudget;
}

export interface WalkedOrder {
  readonly selection: Selection;
  /** Rows that were not looked at and may be among the first. */
  readonly unseen: number;
}

export function walkOrder(walk: OrderWalk): WalkedOrder {
  const { order, most, budget } = walk;
  const selection = new Selection(most);
  const chunks = walk.chunks
    .map((chunk) => ({ chunk, best: order.best(chunk) }))
    .sort((a, b) => (a.best === b.best ? 0 : a.best - b.best));
  let unseen = 0;
  for (const { chunk, best } of chunks) {
    if (selection.isFull && best > selection.bound) break;
    if (unseen > 0 || budget.isOver()) unseen += chunk.rows;
    else unseen += walkChunk(walk, chunk, selection);
    if (most <= NARROW_UP_TO) selection.settle();
  }
  return { selection, unseen };
}

/** Answers how many rows were left, because the time was over. */
function walkChunk(walk: OrderWalk, chunk: Chunk, selection: Selection): number {
  const { evaluate, order, after } = walk;
  const verdict = evaluate(chunk);
  if (verdict === NO) return 0;
  const keys = order.keys(chunk);
  const positions = chunk.numbers('position');
  const { ids, isCurrent } = chunk;
  const { sign } = order;
  const { bound } = selection;
  const open: OrderPlace[] = [];
  for (let row = 0; row < keys.length; row++) {
    const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
    if (certainty === NO || (isCurrent !== null && isCurrent[row] === 0)) continue;
    const key = keys[row] as number;
    if (key > bound) continue;
    const tie = (positions[row] as number) * sign;
    const id = (ids[row] as number) * sign;
    if (after !== null && !isAfter(key, tie, id, after)) continue;
    if (certainty === YES) selection.add(key, tie, id);
    else open.push({ key, tie, id });
  }
  return open.length === 0 ? 0 : verifyInOrder(walk, open, selection);
}

/** In order, so that as few rows as possible are read: none after the last that could be among the first. */
function verifyInOrder(
  { verify, most, budget }: OrderWalk,
  open: OrderPlace[],
  selection: Selection,
): number {
  open.sort(comparePlaces);
  if (most <= NARROW_UP_TO) selection.settle();
  let met = 0;
  for (const [at, { key, tie, id }] of open.entries()) {
    if (met === most || key > selection.bound) return 0;
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
