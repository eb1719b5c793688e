// Folding and deleting of old counts, one stretch at a time, so that nobody waits for it.
import type { DatabaseSync } from 'node:sqlite';
import { keptFrom, startOf, TALLY_LEVELS, type TallyLevel } from '../../measures/kept-step.ts';
import { TALLY_KINDS, TALLY_STEPS } from '../../measures/tally.ts';
import type { Tallies } from './tallies.ts';

/** A stretch is added to the longer one so long after its end: nearly nothing is counted in it later, which would have to be added to both. */
const LATE_S = 120;

export interface TalliesUpkeep {
  /** Whether `step` has anything to do. */
  isDue(nowS: number): boolean;
  /** One stretch of one kind. Inside a write transaction. Answers whether there may be more to do. */
  step(nowS: number): boolean;
}

export function createTalliesUpkeep(database: DatabaseSync, tallies: Tallies): TalliesUpkeep {
  const next = database.prepare(
    'SELECT at FROM tallies WHERE level = ? AND kind = ? AND at >= ? ORDER BY at LIMIT 1',
  );
  const remove = database.prepare('DELETE FROM tallies WHERE level = ? AND kind = ? AND at = ?');

  /** The first stretch from `since` on that anything was counted in; Infinity for none. */
  const firstSince = (level: TallyLevel, kind: number, since: number): number =>
    (next.get(level, kind, since)?.['at'] as number | undefined) ?? Infinity;

  /** The stretch to be added to its longer one next. Shorter stretches come first: then a stretch that is over is whole. */
  const nextToFold = (nowS: number) => {
    for (const level of [0, 1] as const) {
      for (const [index, kind] of TALLY_KINDS.entries()) {
        const at = firstSince(level, index, tallies.mark(level, kind));
        if (at + TALLY_STEPS[level] + LATE_S <= nowS) return { level, kind, at };
      }
    }
    return undefined;
  };
  const nextToDelete = (nowS: number) => {
    for (const level of TALLY_LEVELS) {
      const old = keptFrom(level, nowS);
      for (const [index, kind] of TALLY_KINDS.entries()) {
        const at = firstSince(level, index, 0);
        if (at < (level === 2 ? old : Math.min(old, tallies.mark(level, kind)))) return { level, index, at };
      }
    }
    return undefined;
  };

  return {
    isDue: (nowS) => nextToFold(nowS) !== undefined || nextToDelete(nowS) !== undefined,
    step(nowS) {
      const fold = nextToFold(nowS);
      if (fold !== undefined) {
        const { level, kind, at } = fold;
        const end = at + TALLY_STEPS[level];
        const longer = level === 0 ? 1 : 2;
        const longerAt = startOf(at, TALLY_STEPS[longer]);
        for (const tally of tallies.rows(level, kind, at, end)) tallies.addTo(longer, longerAt, tally);
        tallies.setMark(level, kind, end);
        return true;
      }
      const old = nextToDelete(nowS);
      if (old === undefined) return false;
      remove.run(old.level, old.index, old.at);
      return true;
    },
  };
}
