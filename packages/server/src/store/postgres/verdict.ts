// What SQL can say of a condition: of which rows it is possible, and of which it is certain. Where both are the same, SQL says it all;
// the rows between are read and asked themselves. Neither is ever null.
import { joined, raw, type Sql, sql } from './sql.ts';

export interface Verdict {
  /** True of every row that meets the condition, and perhaps of others. */
  readonly possible: Sql;
  /** True of no row that does not meet it. */
  readonly certain: Sql;
}

const TRUE = raw('true');
const FALSE = raw('false');
export const ALWAYS: Verdict = { possible: TRUE, certain: TRUE };
export const NEVER: Verdict = { possible: FALSE, certain: FALSE };
/** SQL knows nothing of it. */
export const UNKNOWN: Verdict = { possible: TRUE, certain: FALSE };

/** @param condition never null */
export function exactly(condition: Sql): Verdict {
  return { possible: condition, certain: condition };
}

/** @param condition null stands for false */
export function known(condition: Sql): Verdict {
  return exactly(sql`coalesce(${condition}, false)`);
}

export function isExact({ possible, certain }: Verdict): boolean {
  return possible === certain;
}

export function isNever({ possible }: Verdict): boolean {
  return possible === FALSE;
}

export function isAlways({ certain }: Verdict): boolean {
  return certain === TRUE;
}

export function not(verdict: Verdict): Verdict {
  if (isNever(verdict)) return ALWAYS;
  if (isAlways(verdict)) return NEVER;
  if (isExact(verdict)) return exactly(sql`NOT (${verdict.possible})`);
  const turned = (one: Sql) => {
    if (one === TRUE) return FALSE;
    return one === FALSE ? TRUE : sql`NOT (${one})`;
  };
  return { possible: turned(verdict.certain), certain: turned(verdict.possible) };
}

export function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.some(isNever)) return NEVER;
  return combined(
    verdicts.filter((one) => !isAlways(one)),
    'AND',
    ALWAYS,
  );
}

export function any(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.some(isAlways)) return ALWAYS;
  return combined(
    verdicts.filter((one) => !isNever(one)),
    'OR',
    NEVER,
  );
}

function combined(verdicts: readonly Verdict[], word: 'AND' | 'OR', none: Verdict): Verdict {
  const [only] = verdicts;
  if (only === undefined) return none;
  if (verdicts.length === 1) return only;
  const possible = together(
    verdicts.map((one) => one.possible),
    word,
  );
  if (verdicts.every(isExact)) return exactly(possible);
  return {
    possible,
    certain: together(
      verdicts.map((one) => one.certain),
      word,
    ),
  };
}

function together(pieces: readonly Sql[], word: 'AND' | 'OR'): Sql {
  const [absorbing, neutral] = word === 'AND' ? [FALSE, TRUE] : [TRUE, FALSE];
  if (pieces.includes(absorbing)) return absorbing;
  const left = pieces.filter((piece) => piece !== neutral);
  if (left.length === 0) return neutral;
  return sql`(${joined(left, ` ${word} `)})`;
}
