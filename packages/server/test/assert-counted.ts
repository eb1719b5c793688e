// Compares the counts of minutes with the tasks that a store holds, for tests that lost or doubled something else before.
import assert from 'node:assert/strict';
import { sumTallies } from '../src/measures/sum-tallies.ts';
import { TALLY_KINDS, type Tally, type TallyKind } from '../src/measures/tally.ts';
import { tallyChange } from '../src/measures/tally-change.ts';
import type { Store } from '../src/store/store.ts';
import { NEWEST } from './store/asking.ts';

const PAGE = 5_000;

/** All counts of a kind, by minute. */
export async function counted(store: Store, kind: TallyKind): Promise<Tally[]> {
  return sumTallies(await store.tallies({ kind, from: 0, to: 1e11, stepS: 60 }));
}

/** Every count is what the records in the store say together: nothing counted twice, nothing forgotten. */
export async function assertCounted(store: Store): Promise<void> {
  const tallies: Tally[] = [];
  for (let offset = 0; ; ) {
    // A page may end early where its texts are long: only an empty one is behind the last.
    const { tasks } = await store.listTasks({ ...NEWEST, limit: PAGE, offset });
    if (tasks.length === 0) break;
    tallies.push(...tasks.flatMap((task) => tallyChange(undefined, task)));
    offset += tasks.length;
  }
  const expected = sumTallies(tallies);
  for (const kind of TALLY_KINDS) {
    assert.deepEqual(
      await counted(store, kind),
      expected.filter((tally) => tally.kind === kind),
      kind,
    );
  }
}
