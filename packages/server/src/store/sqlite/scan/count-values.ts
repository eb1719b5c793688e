// Facets and histograms: rows that meet a condition, counted by a label or by stretches of time. Labels of other matches than yes are
// read row by row only while there is time.
import type { TaskHistogram } from '../../task-counts.ts';
import type { Chunk, LabelColumn, NumberColumn } from '../columns/chunk.ts';
import { spread } from './count-matches.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Evaluator, MAYBE, NO } from './verdict.ts';

const ROWS_BETWEEN_LOOKS = 16;

export interface ValueCount {
  readonly chunks: readonly Chunk[];
  readonly evaluate: Evaluator;
  readonly verify: (rowId: number) => boolean;
  readonly budget: TimeBudget;
}

export interface CountedLabels {
  /** Rows by label id; those without a label are not in it. */
  readonly counts: ReadonlyMap<number, number>;
  readonly approximate: boolean;
}

export function countLabels(count: ValueCount, column: LabelColumn): CountedLabels {
  const counts = new Map<number, number>();
  const scale = walkMatches(count, (chunk) => {
    const { ids, codes } = chunk.labels(column);
    const byCode = new Float64Array(ids.length);
    return {
      take: (row) => {
        const code = codes[row] as number;
        byCode[code] = (byCode[code] as number) + 1;
      },
      end: () => {
        byCode.forEach((rows, code) => {
          const id = ids[code] as number;
          if (id !== 0 && rows > 0) counts.set(id, (counts.get(id) ?? 0) + rows);
        });
      },
    };
  });
  if (scale !== 1) for (const [id, rows] of counts) counts.set(id, Math.round(rows * scale));
  return { counts, approximate: scale !== 1 };
}

export interface Buckets {
  readonly column: Extract<NumberColumn, 'position' | 'finished'>;
  /** Epoch seconds; `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
  /** Label ids of the states that are failures. */
  readonly failed: ReadonlySet<number>;
}

export function countBuckets(
  count: ValueCount,
  { column, from, to, buckets, failed }: Buckets,
): TaskHistogram {
  const total = Array.from({ length: buckets }, () => 0);
  const failures = Array.from({ length: buckets }, () => 0);
  const inWindow = count.chunks.filter((chunk) => {
    const range = chunk.range(column);
    return range !== null && range.max >= from && range.min < to;
  });
  const scale = walkMatches({ ...count, chunks: inWindow }, (chunk) => {
    const times = chunk.numbers(column);
    const { ids, codes } = chunk.labels('state');
    const isFailed = Array.from(ids, (id) => failed.has(id));
    return {
      take: (row) => {
        const time = times[row] as number;
        if (!(time >= from && time < to)) return;
        // Rounding may lead a moment before `to` beyond the last bucket.
        const bucket = Math.min(buckets - 1, Math.floor(((time - from) / (to - from)) * buckets));
        total[bucket] = (total[bucket] as number) + 1;
        if (isFailed[codes[row] as number] === true) failures[bucket] = (failures[bucket] as number) + 1;
      },
    };
  });
  const scaled = (counts: readonly number[]) => counts.map((rows) => Math.round(rows * scale));
  return { total: scaled(total), failed: scaled(failures), approximate: scale !== 1 };
}

interface Taker {
  readonly take: (row: number) => void;
  readonly end?: () => void;
}

/** Answers by what the counts have to be multiplied, because not all could be looked at: 1 when all were. */
function walkMatches(
  { chunks, evaluate, verify, budget }: ValueCount,
  takerOf: (chunk: Chunk) => Taker,
): number {
  let seenRows = 0;
  let taken = 0;
  // Rows that are open and were not read count as the others of their kind do.
  let [open, looked, met] = [0, 0, 0];
  for (const chunk of spread(chunks)) {
    if (seenRows > 0 && budget.isOver()) break;
    seenRows += chunk.rows;
    const verdict = evaluate(chunk);
    if (verdict === NO) continue;
    const { ids, isCurrent } = chunk;
    const taker = takerOf(chunk);
    for (let row = 0; row < ids.length; row++) {
      const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
      if (certainty === NO || (isCurrent !== null && isCurrent[row] === 0)) continue;
      if (certainty === MAYBE) {
        open++;
        if (looked > 0 && looked % ROWS_BETWEEN_LOOKS === 0 && budget.isOver()) continue;
        looked++;
        if (!verify(ids[row] as number)) continue;
        met++;
      }
      taker.take(row);
      taken++;
    }
    taker.end?.();
  }
  const allRows = chunks.reduce((sum, { rows }) => sum + rows, 0);
  if (looked === open && seenRows === allRows) return 1;
  const certain = taken - met;
  const wouldBe = certain + (looked === 0 ? 0 : (met / looked) * open);
  return (taken === 0 ? 1 : wouldBe / taken) * (allRows / Math.max(1, seenRows));
}
