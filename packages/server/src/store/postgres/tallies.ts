// Counts by stretch of time. Each is kept in minutes for some days, in hours for some weeks and in days for long, and what is counted is
// added to all three at once: PostgreSQL adds to three rows as it adds to one, nothing has to be folded, and any sum is right at any
// moment. What is old is deleted (upkeep.ts).
import type { ClientBase } from 'pg';
import { histogramOf, type Histogram, LAST_BUCKET } from '../../measures/histogram.ts';
import { isKept, keptFrom, startOf, TALLY_LEVELS, type TallyLevel } from '../../measures/kept-step.ts';
import { compareTallies, isNothing } from '../../measures/sum-tallies.ts';
import {
  COUNTS,
  type Counts,
  MOST_LABELS,
  OTHER_LABEL,
  type StretchTally,
  type Tally,
  type TallyKind,
  TALLY_STEPS,
} from '../../measures/tally.ts';
import type { TallyQuery } from '../measures.ts';
import { labelKey } from './labels.ts';
import { textCell } from './text-cell.ts';

/** PostgreSQL has no NUL, which the label of all others begins with. A noncharacter stands for it. */
const NUL = '\uffff';
/** Rows of one step of deleting. */
const DELETE_ROWS = 2_000;
/** Of how many stretches the number of labels is remembered. */
const REMEMBERED = 1_000;

/** A row of the table; `run` and `wait` have the count of bucket n at n. */
interface TallyRow extends Counts {
  readonly kind: TallyKind;
  readonly key: string;
  readonly label: string;
  readonly step: number;
  readonly at: number;
  readonly run_us: number;
  readonly run: readonly number[] | null;
  readonly wait: readonly number[] | null;
}

const COLUMNS = `kind, key, label, step, at, ${COUNTS.join(', ')}, run_us, run, wait`;
const sumOf = (column: 'run' | 'wait') =>
  `(SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY n)
    FROM unnest(tallies.${column}, excluded.${column}) WITH ORDINALITY AS both_of(a, b, n))`;
const UPSERT = `INSERT INTO tallies (${COLUMNS})
  SELECT ${COLUMNS} FROM json_to_recordset($1::json) AS r(kind text, key text, label text, step int, at bigint,
    ${COUNTS.map((name) => `${name} bigint`).join(', ')}, run_us bigint, run bigint[], wait bigint[])
  ON CONFLICT (kind, key, step, at) DO UPDATE SET
    ${COUNTS.map((name) => `${name} = tallies.${name} + excluded.${name}`).join(', ')},
    run_us = tallies.run_us + excluded.run_us, run = ${sumOf('run')}, wait = ${sumOf('wait')}`;

export interface Tallies {
  /** Inside a write transaction. What is too old or too far ahead is not counted. */
  add(client: ClientBase, tallies: readonly Tally[], nowS: number): Promise<void>;
  read(client: ClientBase, query: TallyQuery, nowS: number): Promise<StretchTally[]>;
  /** Deletes a few old rows. Answers whether there may be more. */
  deleteOld(client: ClientBase, nowS: number): Promise<boolean>;
}

export function createTallies(): Tallies {
  // How many labels a stretch may have by now: what was counted once, and every row written since.
  const labelCounts = new Map<string, number>();

  /** Rows whose label is one more than a stretch may have, with the label of all others. */
  const bounded = async (client: ClientBase, rows: readonly TallyRow[]): Promise<TallyRow[]> => {
    const answer: TallyRow[] = [];
    for (const [stretch, group] of Map.groupBy(rows, ({ step, at, kind }) => `${step} ${at} ${kind}`)) {
      const atMost = (labelCounts.get(stretch) ?? 0) + group.length;
      if (labelCounts.has(stretch) && atMost <= MOST_LABELS) {
        labelCounts.set(stretch, atMost);
        answer.push(...group);
        continue;
      }
      const [{ step, at, kind }] = group as [TallyRow];
      const found = await client.query<{ key: string }>(
        'SELECT key FROM tallies WHERE step = $1 AND at = $2 AND kind = $3 AND key <> $4',
        [step, at, kind, OTHER_KEY],
      );
      const keys = new Set(found.rows.map(({ key }) => key));
      for (const row of group) {
        const isNew = row.key !== OTHER_KEY && !keys.has(row.key);
        if (isNew && keys.size >= MOST_LABELS) answer.push({ ...row, key: OTHER_KEY, label: OTHER_CELL });
        else {
          if (isNew) keys.add(row.key);
          answer.push(row);
        }
      }
      if (labelCounts.size >= REMEMBERED) labelCounts.clear();
      labelCounts.set(stretch, keys.size);
    }
    return answer;
  };

  return {
    async add(client, tallies, nowS) {
      const rows = tallies.filter(({ at }) => isKept(at, nowS)).flatMap((tally) => rowsOf(tally, nowS));
      if (rows.length === 0) return;
      // In one order for all writers, so that two never wait for each other.
      const sums = summed(await bounded(client, summed(rows)));
      await client.query(UPSERT, [JSON.stringify(sums)]);
    },

    async read(client, query, nowS) {
      const { stepS, from, to } = query;
      const finest = TALLY_LEVELS.findLast((level) => level === 0 || stepS >= TALLY_STEPS[level]) ?? 0;
      const answer: StretchTally[] = [];
      for (const level of TALLY_LEVELS.toReversed()) {
        if (level < finest) continue;
        const step = Math.max(stepS, TALLY_STEPS[level]);
        const young = level === finest ? Infinity : keptFrom((level - 1) as TallyLevel, nowS);
        const begin = Math.max(level === 2 ? 0 : keptFrom(level, nowS), Math.ceil(from / step) * step);
        const end = Math.min(young, Math.ceil(to / step) * step);
        if (begin < end) answer.push(...(await readLevel(client, query, { level, step, begin, end })));
      }
      return answer;
    },

    async deleteOld(client, nowS) {
      const bounds = TALLY_LEVELS.map(
        (level) => `(step = ${TALLY_STEPS[level]} AND at < ${keptFrom(level, nowS)})`,
      );
      const { rowCount } = await client.query(
        `DELETE FROM tallies WHERE ctid = ANY(ARRAY(SELECT ctid FROM tallies WHERE ${bounds.join(' OR ')} LIMIT ${DELETE_ROWS}))`,
      );
      return rowCount !== 0;
    },
  };
}

const STRETCHES = `(SELECT *, (at / $6::bigint) * $6::bigint AS start FROM tallies
    WHERE kind = $1 AND step = $2 AND at >= $3::float8 AND at < $4::float8 AND ($5::text[] IS NULL OR key = ANY($5::text[]))) AS stretches`;
const SELECT_COUNTS = `SELECT label, start, ${COUNTS.map((name) => `sum(${name})::bigint AS ${name}`).join(', ')},
  sum(run_us)::bigint AS run_us FROM ${STRETCHES} GROUP BY label, start`;
const bucketsOf = (column: 'run' | 'wait') =>
  `SELECT label, start, '${column}' AS span, (n - 1)::int AS bucket, sum(count)::bigint AS count
   FROM ${STRETCHES}, unnest(${column}) WITH ORDINALITY AS buckets(count, n) GROUP BY label, start, n`;
const SELECT_BUCKETS = `${bucketsOf('run')} UNION ALL ${bucketsOf('wait')}`;

type CountRow = Counts & { readonly label: string; readonly start: number; readonly run_us: number };
interface BucketRow {
  readonly label: string;
  readonly start: number;
  readonly span: 'run' | 'wait';
  readonly bucket: number;
  readonly count: number;
}
interface Stretches {
  readonly level: TallyLevel;
  readonly step: number;
  readonly begin: number;
  readonly end: number;
}

/** What was taken back more often than it was counted is not shown: nothing happened less than never. */
async function readLevel(
  client: ClientBase,
  { kind, labels }: TallyQuery,
  { level, step, begin, end }: Stretches,
): Promise<StretchTally[]> {
  const keys = labels === undefined ? null : labels.map((label) => labelKey(labelCell(label)));
  const values = [kind, TALLY_STEPS[level], begin, end, keys, step];
  const { rows } = await client.query<CountRow>(SELECT_COUNTS, values);
  const { rows: buckets } = await client.query<BucketRow>(SELECT_BUCKETS, values);
  const spans = new Map<string, Map<number, number>>();
  for (const { label, start, span, bucket, count } of buckets) {
    if (count <= 0) continue;
    const key = `${span} ${start} ${label}`;
    const counts = spans.get(key) ?? new Map<number, number>();
    spans.set(key, counts.set(bucket, count));
  }
  const histogram = (span: 'run' | 'wait', { start, label }: CountRow) =>
    histogramOf(spans.get(`${span} ${start} ${label}`) ?? new Map());
  return rows
    .map((row) => ({
      kind,
      label: row.label.replace(NUL, '\0'),
      at: row.start,
      stepS: step,
      counts: countsOf((name) => Math.max(0, row[name])),
      runSeconds: Math.max(0, row.run_us) / 1e6,
      run: histogram('run', row),
      wait: histogram('wait', row),
    }))
    .filter((tally) => !isNothing(tally))
    .sort(compareTallies);
}

function countsOf(value: (name: (typeof COUNTS)[number]) => number): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, value(name)])) as Counts;
}

/** One of each level that is kept. */
function rowsOf({ kind, label, at, counts, runSeconds, run, wait }: Tally, nowS: number): TallyRow[] {
  const cell = labelCell(label);
  const values = {
    kind,
    key: labelKey(cell),
    label: cell,
    ...counts,
    run_us: Math.round(runSeconds * 1e6),
    run: dense(run),
    wait: dense(wait),
  };
  return TALLY_LEVELS.map((level) => ({
    ...values,
    step: TALLY_STEPS[level],
    at: startOf(at, TALLY_STEPS[level]),
  })).filter((row, level) => row.at >= keptFrom(level as TallyLevel, nowS) || level === 2);
}

function labelCell(label: string): string {
  return textCell(label.startsWith('\0') ? NUL + label.slice(1) : label);
}
const OTHER_CELL = labelCell(OTHER_LABEL);
const OTHER_KEY = labelKey(OTHER_CELL);

function dense(histogram: Histogram): number[] | null {
  const counts: number[] = [];
  for (const [bucket, count] of histogram) {
    const index = Math.min(bucket, LAST_BUCKET);
    while (counts.length <= index) counts.push(0);
    counts[index] = (counts[index] ?? 0) + count;
  }
  return counts.length === 0 ? null : counts;
}

/** One row for each stretch and label, sorted. */
function summed(rows: readonly TallyRow[]): TallyRow[] {
  const byKey = new Map<string, TallyRow>();
  for (const row of rows) {
    const key = `${row.step} ${row.at} ${row.kind} ${row.key}`;
    const other = byKey.get(key);
    byKey.set(key, other === undefined ? row : sum(other, row));
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, row]) => row);
}

function sum(a: TallyRow, b: TallyRow): TallyRow {
  return {
    ...a,
    ...countsOf((name) => a[name] + b[name]),
    run_us: a.run_us + b.run_us,
    run: sumArrays(a.run, b.run),
    wait: sumArrays(a.wait, b.wait),
  };
}

function sumArrays(a: readonly number[] | null, b: readonly number[] | null): readonly number[] | null {
  if (a === null || b === null) return a ?? b;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, n) => (a[n] ?? 0) + (b[n] ?? 0));
}
