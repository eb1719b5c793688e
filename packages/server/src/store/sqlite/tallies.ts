// Counts by stretch of time. Each is kept in minutes for some days, in hours for some weeks and in days for long: a minute that is over is
// added to its hour, an hour to its day, and each deleted when it is old (tallies-upkeep.ts). What is counted late is
// added to all of them that have been summed up already, so that any sum is right at any moment.
import type { DatabaseSync } from 'node:sqlite';
import { isKept, keptFrom, startOf, TALLY_LEVELS, type TallyLevel } from '../../measures/kept-step.ts';
import { addTallies, createTallySum, isNothing } from '../../measures/sum-tallies.ts';
import {
  COUNTS,
  type Counts,
  MOST_LABELS,
  OTHER_LABEL,
  type StretchTally,
  TALLY_KINDS,
  TALLY_STEPS,
  type Tally,
  type TallyKind,
} from '../../measures/tally.ts';
import type { TallyQuery } from '../measures.ts';
import { decodeTally, encodeTally } from './tallies-encoding.ts';

/** Of how many stretches the number of labels is remembered. */
const REMEMBERED = 1_000;

export interface Tallies {
  /** Inside a write transaction. What is too old or too far ahead is not counted. */
  add(tallies: readonly Tally[], nowS: number): void;
  read(query: TallyQuery, nowS: number): StretchTally[];
  /** Adds to one stretch of one level alone. For upkeep. */
  addTo(level: TallyLevel, at: number, tally: Tally): void;
  /** Up to where the stretches of a level are in those of the next one too. */
  mark(level: TallyLevel, kind: TallyKind): number;
  setMark(level: TallyLevel, kind: TallyKind, until: number): void;
  rows(level: TallyLevel, kind: TallyKind, from: number, to: number): Iterable<Tally>;
  /** Forgets what is remembered of the file: another connection has written, or a transaction failed. */
  forget(): void;
}

export function createTallies(database: DatabaseSync): Tallies {
  const key = 'level = ? AND kind = ? AND at = ? AND label = ?';
  const select = database.prepare(`SELECT counts FROM tallies WHERE ${key}`);
  const upsert = database.prepare(
    `INSERT INTO tallies (level, kind, at, label, counts) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET counts = excluded.counts`,
  );
  const remove = database.prepare(`DELETE FROM tallies WHERE ${key}`);
  const countLabels = database.prepare(
    'SELECT count(*) AS labels FROM tallies WHERE level = ? AND kind = ? AND at = ? AND label <> ?',
  );
  const selectMark = database.prepare('SELECT until FROM tally_marks WHERE level = ? AND kind = ?');
  const upsertMark = database.prepare(
    'INSERT INTO tally_marks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until',
  );

  const labelCounts = new Map<string, number>();
  const marks = new Map<string, number>();

  /** Labels of their own, counted with `change`. */
  const labelsIn = (level: TallyLevel, kind: number, at: number, change = 0): number => {
    const stretch = `${level}/${kind}/${at}`;
    const known = labelCounts.get(stretch);
    // Read before the change is made.
    const labels = known ?? (countLabels.get(level, kind, at, OTHER_LABEL)?.['labels'] as number);
    if (known === undefined && labelCounts.size >= REMEMBERED) labelCounts.clear();
    labelCounts.set(stretch, labels + change);
    return labels;
  };

  const mark = (level: TallyLevel, kind: TallyKind): number => {
    const known = marks.get(`${level}${kind}`);
    if (known !== undefined) return known;
    const row = selectMark.get(level, TALLY_KINDS.indexOf(kind));
    const until = (row?.['until'] as number | undefined) ?? 0;
    marks.set(`${level}${kind}`, until);
    return until;
  };

  function addTo(level: TallyLevel, at: number, tally: Tally): void {
    const kind = TALLY_KINDS.indexOf(tally.kind);
    const before = select.get(level, kind, at, tally.label)?.['counts'] as Uint8Array | undefined;
    const isOwn = tally.label !== OTHER_LABEL;
    if (before === undefined) {
      if (isNothing(tally)) return;
      if (isOwn && labelsIn(level, kind, at) >= MOST_LABELS) {
        addTo(level, at, { ...tally, label: OTHER_LABEL });
        return;
      }
      if (isOwn) labelsIn(level, kind, at, 1);
      upsert.run(level, kind, at, tally.label, encodeTally(tally));
      return;
    }
    const after = addTallies(tally, decodeTally(before));
    if (!isNothing(after)) {
      upsert.run(level, kind, at, tally.label, encodeTally(after));
      return;
    }
    if (isOwn) labelsIn(level, kind, at, -1);
    remove.run(level, kind, at, tally.label);
  }

  function* selectRows(
    level: TallyLevel,
    kind: TallyKind,
    from: number,
    to: number,
    labels: readonly string[] | null = null,
  ): Generator<Tally> {
    const among = labels === null ? '' : ` AND label IN (${labels.map(() => '?').join(', ')})`;
    const rows = database.prepare(
      `SELECT at, label, counts FROM tallies WHERE level = ? AND kind = ? AND at >= ? AND at < ?${among}`,
    );
    for (const row of rows.iterate(level, TALLY_KINDS.indexOf(kind), from, to, ...(labels ?? []))) {
      const counted = decodeTally(row['counts'] as Uint8Array);
      yield { kind, label: row['label'] as string, at: row['at'] as number, ...counted };
    }
  }

  return {
    add(tallies, nowS) {
      for (const tally of tallies) {
        if (!isKept(tally.at, nowS)) continue;
        const [minute, hour, day] = TALLY_STEPS.map((step) => startOf(tally.at, step)) as [
          number,
          number,
          number,
        ];
        const inHours = mark(0, tally.kind);
        const inDays = mark(1, tally.kind);
        if (minute >= inHours || minute >= keptFrom(0, nowS)) addTo(0, minute, tally);
        if (minute >= inHours) continue;
        if (hour >= inDays || hour >= keptFrom(1, nowS)) addTo(1, hour, tally);
        if (hour < inDays) addTo(2, day, tally);
      }
    },
    read({ kind, labels, from, to, stepS }, nowS) {
      const finest = TALLY_LEVELS.findLast((level) => level === 0 || stepS >= TALLY_STEPS[level]) ?? 0;
      const answer: StretchTally[] = [];
      for (const level of TALLY_LEVELS.toReversed()) {
        if (level < finest) continue;
        const step = Math.max(stepS, TALLY_STEPS[level]);
        const young = level === finest ? Infinity : keptFrom((level - 1) as TallyLevel, nowS);
        const begin = Math.max(level === 2 ? 0 : keptFrom(level, nowS), Math.ceil(from / step) * step);
        const end = Math.min(young, Math.ceil(to / step) * step);
        if (begin >= end) continue;
        const sum = createTallySum(step);
        for (const each of TALLY_LEVELS) {
          if (each > level) continue;
          // Of shorter stretches what is not in the longer ones yet.
          const since = each === level ? begin : Math.max(begin, mark(each, kind));
          if (since < end)
            for (const tally of selectRows(each, kind, since, end, labels ?? null)) sum.add(tally);
        }
        for (const tally of sum.tallies()) {
          const shown = withoutDebts(tally);
          if (!isNothing(shown)) answer.push({ ...shown, stepS: step });
        }
      }
      return answer;
    },
    addTo,
    mark,
    setMark(level, kind, until) {
      upsertMark.run(level, TALLY_KINDS.indexOf(kind), until);
      marks.set(`${level}${kind}`, until);
    },
    rows: (level, kind, from, to) => [...selectRows(level, kind, from, to)],
    forget() {
      labelCounts.clear();
      marks.clear();
    },
  };
}

/**
 * Nothing happened less than never: where a label was beyond the most of a minute, and not beyond those of its hour, what is taken back may
 * miss the count it was meant for.
 */
function withoutDebts(tally: Tally): Tally {
  const isOwed = (histogram: Tally['run']) => histogram.some(([, count]) => count < 0);
  const { counts, run, wait } = tally;
  if (COUNTS.every((what) => counts[what] >= 0) && tally.runSeconds >= 0 && !isOwed(run) && !isOwed(wait))
    return tally;
  const some = (histogram: Tally['run']) => histogram.filter(([, count]) => count > 0);
  return {
    ...tally,
    counts: Object.fromEntries(COUNTS.map((what) => [what, Math.max(0, tally.counts[what])])) as Counts,
    runSeconds: Math.max(0, tally.runSeconds),
    run: some(tally.run),
    wait: some(tally.wait),
  };
}
