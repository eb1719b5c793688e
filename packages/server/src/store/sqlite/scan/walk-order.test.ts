import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Chunk, CHUNK_ROWS, type NumberColumn } from '../columns/chunk.ts';
import { numberOrder, type Order, reversed } from './order.ts';
import { timeBudget } from './time-budget.ts';
import { type Evaluator, MAYBE, NO, YES } from './verdict.ts';
import { walkOrder } from './walk-order.ts';

const CHUNKS = 12;
const ROWS = CHUNKS * CHUNK_ROWS;

/** Any spread will do. */
const noise = (n: number): number => (Math.imul(n, 0x9e37_79b1) >>> 0) / 2 ** 32;

/** Nearly in order of time, as histories are. */
const positionOf = (id: number): number => 1_000_000 + id + Math.floor(noise(id) * 900);
const RUNTIMES: Readonly<Record<string, (id: number) => number>> = {
  'spread, some missing': (id) => (id % 7 === 0 ? NaN : noise(id + 5) ** 8 * 1_000),
  'a few that are equal': (id) => id % 3,
  'all equal': () => 1,
  'all missing': () => NaN,
};

/** Every 97th row has changed since, and is in the last chunk. */
function chunksWith(runtimeOf: (id: number) => number): Chunk[] {
  const isChanged = (id: number) => id % 97 === 0;
  const idsOf = Array.from({ length: CHUNKS }, (_, chunk) =>
    Array.from({ length: CHUNK_ROWS }, (_row, row) => chunk * CHUNK_ROWS + row + 1),
  );
  const sealed = idsOf.map((ids) =>
    chunkOf(
      ids,
      runtimeOf,
      Uint8Array.from(ids, (id) => (isChanged(id) ? 0 : 1)),
    ),
  );
  return [...sealed, chunkOf(idsOf.flat().filter(isChanged), runtimeOf, null)];
}

function chunkOf(
  ids: readonly number[],
  runtimeOf: (id: number) => number,
  isCurrent: Uint8Array | null,
): Chunk {
  const columns = new Map<NumberColumn, Float64Array>([
    ['position', Float64Array.from(ids, positionOf)],
    ['runtime', Float64Array.from(ids, runtimeOf)],
  ]);
  const valuesOf = (column: NumberColumn) => columns.get(column) ?? new Float64Array(ids.length);
  const none = { ids: Float64Array.of(0), codes: new Uint16Array(ids.length) };
  return {
    rows: ids.length,
    ids: Float64Array.from(ids),
    isCurrent,
    numbers: valuesOf,
    range(column) {
      const there = valuesOf(column).filter((value) => !Number.isNaN(value));
      return there.length === 0
        ? null
        : { min: there.reduce((a, b) => Math.min(a, b)), max: there.reduce((a, b) => Math.max(a, b)) };
    },
    labels: () => none,
    labelIds: () => none.ids,
    has: () => new Uint8Array(ids.length),
    grams: () => null,
  };
}

const isOdd = (id: number): boolean => id % 2 === 1;
const CONDITIONS: Readonly<Record<string, { evaluate: Evaluator; meets: (id: number) => boolean }>> = {
  every: { evaluate: () => YES, meets: () => true },
  'certain of each': {
    evaluate: ({ ids }) => Uint8Array.from(ids, (id) => (isOdd(id) ? YES : NO)),
    meets: isOdd,
  },
  'certain of some': {
    evaluate: ({ ids }) => Uint8Array.from(ids, (id) => (id % 5 === 0 ? MAYBE : isOdd(id) ? YES : NO)),
    meets: isOdd,
  },
};
const OFFSETS = [0, 4_000, 20_000, 33_000, 41_000, ROWS - 130, ROWS];
const LIMIT = 100;

for (const [kind, runtimeOf] of Object.entries(RUNTIMES)) {
  test(`a page at any offset is that of the whole list in order; runtimes: ${kind}`, () => {
    const chunks = chunksWith(runtimeOf);
    for (const order of ordersOf('position', 'runtime')) {
      for (const [name, { evaluate, meets }] of Object.entries(CONDITIONS)) {
        const whole = idsInOrder(chunks, order).filter((id) => meets(Math.abs(id)));
        for (const offset of OFFSETS) {
          const { ids, unseen } = walkOrder({
            chunks,
            evaluate,
            verify: meets,
            order,
            after: null,
            offset,
            limit: LIMIT,
            budget: timeBudget(600_000),
          });
          assert.deepEqual(ids, whole.slice(offset, offset + LIMIT), `${name}, offset ${offset}`);
          assert.equal(unseen, 0);
        }
      }
    }
  });
}

test('chunks that lie before or behind a deep page are not read', () => {
  const read = new Set<Chunk>();
  const chunks = chunksWith(() => 1)
    .slice(0, CHUNKS)
    .map((chunk): Chunk => {
      const watched: Chunk = {
        ...chunk,
        numbers(column) {
          read.add(watched);
          return chunk.numbers(column);
        },
      };
      return watched;
    });
  const { ids } = walkOrder({
    chunks,
    evaluate: () => YES,
    verify: () => true,
    order: numberOrder('position', true),
    after: null,
    offset: 20_000,
    limit: LIMIT,
    budget: timeBudget(600_000),
  });
  assert.equal(ids.length, LIMIT);
  assert.ok(read.size <= 3, `${read.size} chunks were read`);
});

test('a walk whose time is over says that it has seen nothing', () => {
  const walked = walkOrder({
    chunks: chunksWith(() => 1),
    evaluate: () => YES,
    verify: () => true,
    order: numberOrder('runtime', false),
    after: null,
    offset: 40_000,
    limit: LIMIT,
    budget: timeBudget(0),
  });
  assert.deepEqual(walked.ids, []);
  assert.ok(walked.unseen >= ROWS);
});

function* ordersOf(...columns: readonly NumberColumn[]): Generator<Order> {
  for (const column of columns) {
    for (const descending of [false, true]) {
      yield numberOrder(column, descending);
      yield reversed(numberOrder(column, descending));
    }
  }
}

/** Ids of all rows, with the sign of the order. */
function idsInOrder(chunks: readonly Chunk[], order: Order): number[] {
  const rows = chunks.flatMap((chunk) => {
    const keys = Array.from(order.keys(chunk));
    const positions = chunk.numbers('position');
    return Array.from(chunk.ids, (id, row) => ({
      key: keys[row] as number,
      tie: (positions[row] as number) * order.sign,
      id: id * order.sign,
    })).filter((_, row) => chunk.isCurrent?.[row] !== 0);
  });
  // Infinity less infinity is no number.
  rows.sort((a, b) => (a.key === b.key ? a.tie - b.tie || a.id - b.id : a.key < b.key ? -1 : 1));
  return rows.map(({ id }) => id);
}
