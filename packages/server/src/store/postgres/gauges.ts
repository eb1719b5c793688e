// Samples of queues and workers: all of the last hours, and of older ones the newest of each minute, later of each hour and day.
import type { ClientBase } from 'pg';
import type { Gauge, GaugeQuery } from '../measures.ts';
import { labelKey } from './labels.ts';
import { textCell } from './text-cell.ts';

const DAY_S = 86_400;
/** Samples older than `afterS` are thinned to one a stretch of `stepS`. */
const THINNING = [
  { stepS: 60, afterS: 2 * 3_600 },
  { stepS: 3_600, afterS: 2 * DAY_S },
  { stepS: DAY_S, afterS: 35 * DAY_S },
] as const;
const KEPT_FOR_S = 400 * DAY_S;
/** What is further ahead is not kept. */
const AHEAD_S = DAY_S;
/** So many old samples go in one step. */
const DELETE_ROWS = 2_000;

/** Inside a write transaction. What is too old or too far ahead is not kept. */
export async function writeGauges(client: ClientBase, gauges: readonly Gauge[], nowS: number): Promise<void> {
  const kept = gauges.filter(({ at }) => at >= nowS - KEPT_FOR_S && at <= nowS + AHEAD_S);
  if (kept.length === 0) return;
  const byKey = new Map(
    kept.map(({ kind, label, at, values }) => {
      const cell = textCell(label);
      const key = labelKey(cell);
      return [`${kind} ${key} ${at}`, { kind, key, at, label: cell, sample: JSON.stringify(values) }];
    }),
  );
  await client.query(
    `INSERT INTO gauges (kind, key, at, label, sample)
     SELECT * FROM json_to_recordset($1::json) AS r(kind text, key text, at float8, label text, sample text)
     ON CONFLICT (kind, key, at) DO UPDATE SET sample = excluded.sample`,
    [JSON.stringify([...byKey.values()])],
  );
}

/** By time, then label. */
export async function readGauges(client: ClientBase, query: GaugeQuery): Promise<Gauge[]> {
  const { kind, labels, from, to, stepS } = query;
  const keys = labels === undefined ? null : labels.map((label) => labelKey(textCell(label)));
  const { rows } = await client.query<{ label: string; at: number; sample: string }>(
    `SELECT label, at, sample FROM (
       SELECT DISTINCT ON (key, floor(at / $5::float8)) label, at, sample FROM gauges
       WHERE kind = $1 AND ($2::text[] IS NULL OR key = ANY($2::text[])) AND at >= $3::float8 AND at < $4::float8
       ORDER BY key, floor(at / $5::float8), at DESC) AS newest
     ORDER BY at, label`,
    [kind, keys, from, to, stepS],
  );
  return rows.map(({ label, at, sample }) => ({
    kind,
    label,
    at,
    values: JSON.parse(sample) as Gauge['values'],
  }));
}

/** Deletes a few samples that are old, or not the newest of their stretch any more. Answers whether there may be more. */
export async function thinGauges(client: ClientBase, nowS: number): Promise<boolean> {
  for (const { stepS, afterS } of THINNING) {
    // What is thinned already has one sample a stretch; so a mark says up to where.
    const { rows } = await client.query<{ until: number }>('SELECT until FROM gauge_marks WHERE step = $1', [
      stepS,
    ]);
    const since = rows[0]?.until ?? 0;
    const first = await client.query<{ at: number | null }>(
      'SELECT min(at) AS at FROM gauges WHERE at >= $1',
      [since],
    );
    const at = first.rows[0]?.at ?? Infinity;
    const from = Math.floor(at / stepS) * stepS;
    if (!(from + stepS + afterS <= nowS)) continue;
    await client.query(
      `DELETE FROM gauges AS old USING (SELECT kind, key, max(at) AS newest FROM gauges WHERE at >= $1 AND at < $2 GROUP BY kind, key) AS kept
       WHERE old.kind = kept.kind AND old.key = kept.key AND old.at >= $1 AND old.at < kept.newest`,
      [from, from + stepS],
    );
    await client.query(
      'INSERT INTO gauge_marks VALUES ($1, $2) ON CONFLICT (step) DO UPDATE SET until = excluded.until',
      [stepS, from + stepS],
    );
    return true;
  }
  const gone = await client.query(
    `DELETE FROM gauges WHERE ctid = ANY(ARRAY(SELECT ctid FROM gauges WHERE at < $1 LIMIT ${DELETE_ROWS}))`,
    [nowS - KEPT_FOR_S],
  );
  return gone.rowCount !== 0;
}
