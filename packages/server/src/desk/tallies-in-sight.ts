// Which counts somebody may see whose right to look is narrowed. What is counted is kept by type, worker and queue, each by itself, so
// that only a right narrowed by one of them says which counts are of nothing else.
import type { Permissions, Scope, Target } from '../auth/permissions.ts';
import { NOTHING_COUNTED } from '../measures/measure.ts';
import { addTallies } from '../measures/sum-tallies.ts';
import { OTHER_LABEL, type StretchTally, type TallyKind } from '../measures/tally.ts';
import { type Desk, DeskError } from './desk.ts';

/** Kinds of counts by what a scope is narrowed by. */
const KINDS = { tasks: 'name', workers: 'worker', queues: 'queue' } as const satisfies Record<
  keyof Scope,
  TallyKind
>;

export function guardTallies(
  desk: Pick<Desk, 'tallies'>,
  permissions: Permissions,
): Pick<Desk, 'tallies' | 'seesTallies'> {
  const scopes = permissions.scopesOf('view');
  const kinds = scopes?.map(kindOf) ?? [];

  function seesTallies(kind: TallyKind, label: string): boolean {
    if (scopes === null) return true;
    // Who is in it nobody knows.
    if (label === OTHER_LABEL) return false;
    const target = targetOf(kind, label);
    return target !== null && permissions.covers('view', target);
  }

  return {
    seesTallies,
    async tallies(query) {
      if (scopes === null) return desk.tallies(query);
      if (scopes.length === 0) return [];
      const { kind } = query;
      if (kind !== 'all') {
        if (!kinds.includes(kind)) throw narrowedOtherwise();
        const labels = query.labels?.filter((label) => seesTallies(kind, label));
        const tallies = await desk.tallies({ ...query, labels });
        return tallies.filter(({ label }) => seesTallies(kind, label));
      }
      // All that is in sight is what is counted of each label in sight. Narrowed by several things, much would count twice.
      const [only, ...others] = new Set(kinds);
      if (only === undefined || only === null || others.length > 0) throw narrowedOtherwise();
      const labels = await desk.tallies({ ...query, kind: only, labels: undefined });
      return summed(labels.filter(({ label }) => seesTallies(only, label)));
    },
  };
}

/** The kind of counts that are all within the scope, or all outside of it, label by label; null where there is none. */
function kindOf(scope: Scope): TallyKind | null {
  const narrowed = (Object.keys(KINDS) as (keyof Scope)[]).filter((part) => scope[part] !== undefined);
  const [part, ...others] = narrowed;
  return part === undefined || others.length > 0 ? null : KINDS[part];
}

/** All that is known of what is counted there; null where not even that is. */
function targetOf(kind: TallyKind, label: string): Target | null {
  switch (kind) {
    case 'name':
      return { task: label };
    case 'worker':
      return { worker: label };
    case 'queue':
      return { queues: [label] };
    default:
      return null;
  }
}

/** By time, as they come. */
function summed(tallies: readonly StretchTally[]): StretchTally[] {
  const stretches = new Map<string, StretchTally>();
  for (const tally of tallies) {
    const key = `${tally.at} ${tally.stepS}`;
    const { at, stepS } = tally;
    const sum = addTallies(stretches.get(key) ?? NOTHING_COUNTED, tally);
    stretches.set(key, { kind: 'all', label: '', at, stepS, ...sum });
  }
  return [...stretches.values()];
}

function narrowedOtherwise(): DeskError {
  return new DeskError(
    'forbidden',
    'This is counted by type, worker and queue, each by itself; your right “view” is narrowed by something else, so that nobody can say what of it you may see.',
    { right: 'view' },
  );
}
