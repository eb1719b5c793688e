// The table of the benchmark.
import { percentile } from '../door/percentile.ts';
import type { AskReport } from './asking.ts';
import type { Question } from './questions.ts';

export const NOT_THERE = 'not there';

export interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
  /** An answer that was not 200; empty: there was none. */
  readonly refused: string;
}

const MILLION = 1_000_000;
const WHAT_WIDTH = 34;

/** A route that does not exist yet answers 404 to everything. */
export function measured({ latenciesMs, statuses, refused }: AskReport): Measured | typeof NOT_THERE {
  if (statuses['404'] === latenciesMs.length) return NOT_THERE;
  return {
    p50: percentile(latenciesMs, 0.5),
    p99: percentile(latenciesMs, 0.99),
    calls: latenciesMs.length,
    refused,
  };
}

export function heading(clients: readonly number[]): string {
  const columns = clients.map((number) =>
    `${number} client${number === 1 ? '' : 's'}: p50     p99  calls`.padStart(32),
  );
  return `${'ms'.padEnd(WHAT_WIDTH)}${columns.join('')}   wanted p99`;
}

/** @param tasks in the history: which target counts */
export function line(
  { what, targetMs }: Question,
  results: readonly (Measured | typeof NOT_THERE)[],
  tasks: number,
): { readonly text: string; readonly missed: number } {
  const target = tasks <= MILLION ? targetMs.million : targetMs.tenMillion;
  const texts: string[] = [];
  const refusals: string[] = [];
  let missed = 0;
  for (const result of results) {
    if (result === NOT_THERE) return { text: `${what.padEnd(WHAT_WIDTH)}${NOT_THERE}`, missed: 0 };
    texts.push(
      `${result.p50.toFixed(1)} ${result.p99.toFixed(1).padStart(7)} ${`${result.calls}`.padStart(6)}`.padStart(
        32,
      ),
    );
    const isMissed = result.refused !== '' || (target !== null && result.p99 > target);
    if (isMissed) missed++;
    if (result.refused !== '') refusals.push(result.refused);
  }
  const verdict = target === null ? 'none' : `${target} ${missed === 0 ? 'held' : 'MISSED'}`;
  const refused = refusals.length === 0 ? '' : `\n  refused: ${refusals[0]}`;
  return { text: `${what.padEnd(WHAT_WIDTH)}${texts.join('')}   ${verdict}${refused}`, missed };
}
