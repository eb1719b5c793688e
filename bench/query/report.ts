// The table of the benchmark.
import { percentile } from '../door/percentile.ts';
import type { AskReport } from './asking.ts';
import type { Question } from './questions.ts';

export const NOT_THERE = 'not there';

export interface Measured {
  readonly p50: number;
  readonly p99: number;
  /** An answer that was not 200; empty: there was none. */
  readonly refused: string;
}

const MILLION = 1_000_000;
const WHAT_WIDTH = 34;
const COLUMN_WIDTH = 26;

/** A route that does not exist yet answers 404 to everything. */
export function measured({ latenciesMs, statuses, refused }: AskReport): Measured | typeof NOT_THERE {
  const asked = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  if (statuses['404'] === asked) return NOT_THERE;
  const at = (share: number): number =>
    latenciesMs.length === 0 ? Infinity : percentile(latenciesMs, share);
  const share = ((100 * (asked - latenciesMs.length)) / asked).toFixed(0);
  return {
    p50: at(0.5),
    p99: at(0.99),
    refused: refused === '' ? '' : `${share} % were refused: ${refused}`,
  };
}

/** How a column of the table asks. */
export interface Column {
  readonly title: string;
  readonly clients: number;
  readonly everyMs: number | null;
}

export function heading(columns: readonly Column[]): string {
  return `${'p50 and p99, ms'.padEnd(WHAT_WIDTH)}${columns.map(({ title }) => title.padStart(COLUMN_WIDTH)).join('')}  wanted`;
}

/** @param tasks in the history: which target counts */
export function line(
  { what, targetMs }: Question,
  results: readonly (Measured | typeof NOT_THERE)[],
  tasks: number,
): { readonly text: string; readonly missed: number } {
  const target = tasks <= MILLION ? targetMs.million : targetMs.tenMillion;
  let [text, refused, missed] = [what.padEnd(WHAT_WIDTH), '', 0];
  for (const result of results) {
    if (result === NOT_THERE) return { text: `${text}${NOT_THERE}`, missed: 0 };
    const isMissed = result.refused !== '' || (target !== null && result.p99 > target);
    if (isMissed) missed++;
    refused ||= result.refused;
    const verdict = isMissed ? 'MISSED' : target === null ? '' : 'held';
    text += `${result.p50.toFixed(1)} ${result.p99.toFixed(1).padStart(7)} ${verdict.padEnd(6)}`.padStart(
      COLUMN_WIDTH,
    );
  }
  text += `  ${target ?? 'none'}`;
  return { text: refused === '' ? text : `${text}\n  ${refused}`, missed };
}
