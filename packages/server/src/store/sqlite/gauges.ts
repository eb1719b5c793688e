// Samples of queues and workers: all of the last hours, and of older ones the newest of each minute, later of each hour and day.
import type { DatabaseSync } from 'node:sqlite';
import { GAUGE_FIELDS, type Gauge, type GaugeKind, type GaugeQuery } from '../measures.ts';

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

const KINDS = Object.keys(GAUGE_FIELDS) as GaugeKind[];

export interface Gauges {
  /** Inside a write transaction. What is too old or too far ahead is not kept. */
  write(gauges: readonly Gauge[], nowS: number): void;
  read(query: GaugeQuery): Gauge[];
  /** Whether `step` has anything to do. */
  isDue(nowS: number): boolean;
  /** Thins one stretch, or deletes a few old samples. Inside a write transaction. Answers whether there may be more to do. */
  step(nowS: number): boolean;
}

export function createGauges(database: DatabaseSync): Gauges {
  const insert = database.prepare(
    'INSERT OR REPLACE INTO gauges (kind, at, label, readings) VALUES (?, ?, ?, ?)',
  );
  const between = 'kind = ? AND at >= ? AND at < ?';
  const selectNewestFirst = database.prepare(
    `SELECT at, label FROM gauges WHERE ${between} ORDER BY at DESC, label`,
  );
  const remove = database.prepare('DELETE FROM gauges WHERE kind = ? AND at = ? AND label = ?');
  const selectOld = database.prepare(
    `SELECT at, label FROM gauges WHERE kind = ? AND at < ? LIMIT ${DELETE_ROWS}`,
  );
  const next = database.prepare('SELECT at FROM gauges WHERE kind = ? AND at >= ? ORDER BY at LIMIT 1');
  const selectMark = database.prepare('SELECT until FROM gauge_marks WHERE step = ?');
  const upsertMark = database.prepare(
    'INSERT INTO gauge_marks VALUES (?, ?) ON CONFLICT DO UPDATE SET until = excluded.until',
  );

  const firstSince = (since: number): number =>
    Math.min(...KINDS.map((_, kind) => (next.get(kind, since)?.['at'] as number | undefined) ?? Infinity));

  const nextToThin = (nowS: number) => {
    for (const { stepS, afterS } of THINNING) {
      const until = (selectMark.get(stepS)?.['until'] as number | undefined) ?? 0;
      const from = Math.floor(firstSince(until) / stepS) * stepS;
      if (from + stepS + afterS <= nowS) return { stepS, from, to: from + stepS };
    }
    return undefined;
  };
  const oldBound = (nowS: number) => nowS - KEPT_FOR_S;

  return {
    write(gauges, nowS) {
      for (const { kind, label, at, values } of gauges) {
        if (at < oldBound(nowS) || at > nowS + AHEAD_S) continue;
        const readings = GAUGE_FIELDS[kind].map((field) => values[field] ?? null);
        insert.run(KINDS.indexOf(kind), at, label, JSON.stringify(readings));
      }
    },
    read({ kind, labels, from, to, stepS }) {
      const among = labels === undefined ? '' : ` AND label IN (${labels.map(() => '?').join(', ')})`;
      const rows = database.prepare(
        `SELECT at, label, readings FROM gauges WHERE ${between}${among} ORDER BY at DESC`,
      );
      const seen = new Map<string, number>();
      const answer: Gauge[] = [];
      for (const row of rows.iterate(KINDS.indexOf(kind), from, to, ...(labels ?? []))) {
        const at = row['at'] as number;
        const label = row['label'] as string;
        const stretch = Math.floor(at / stepS);
        if (seen.get(label) === stretch) continue;
        seen.set(label, stretch);
        answer.push({ kind, label, at, values: valuesOf(kind, row['readings'] as string) });
      }
      return answer.sort((a, b) => a.at - b.at || compare(a.label, b.label));
    },
    isDue: (nowS) => nextToThin(nowS) !== undefined || firstSince(0) < oldBound(nowS),
    step(nowS) {
      const thin = nextToThin(nowS);
      if (thin !== undefined) {
        for (const kind of KINDS.keys()) {
          const seen = new Set<unknown>();
          for (const { at, label } of selectNewestFirst.all(kind, thin.from, thin.to)) {
            if (seen.has(label)) remove.run(kind, at as number, label as string);
            seen.add(label);
          }
        }
        upsertMark.run(thin.stepS, thin.to);
        return true;
      }
      let deleted = 0;
      for (const kind of KINDS.keys()) {
        for (const { at, label } of selectOld.all(kind, oldBound(nowS))) {
          remove.run(kind, at as number, label as string);
          deleted++;
        }
      }
      return deleted > 0;
    },
  };
}

function valuesOf(kind: GaugeKind, readings: string): Gauge['values'] {
  const values = JSON.parse(readings) as (number | null)[];
  const known = GAUGE_FIELDS[kind].map((field, index) => [field, values[index] ?? null] as const);
  return Object.fromEntries(
    known.filter((entry): entry is readonly [(typeof entry)[0], number] => entry[1] !== null),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
