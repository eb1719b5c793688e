// What all collectors of a shared history say about themselves, looked up each second: the health of a desk that has no collector of its own,
// and of one whose own is not the only one.
import { type Gap, type Sharing, SLICES } from '../store/collecting.ts';
import { type Store, StoreError } from '../store/store.ts';
import type { Health } from './desk.ts';
import { pause } from './pause.ts';

const LOOK_EVERY_MS = 1_000;

/** As a collector tells it of itself (collector/collector-status.ts). */
type Told = Pick<Health, 'events' | 'store' | 'clock'>;
/** What is looked up says nothing about the location. */
export type CollectorsHealth = Told & { readonly sharing: NonNullable<Health['sharing']> };

export interface CollectorsWatch extends AsyncDisposable {
  /** As it was at most a second ago. */
  health(): CollectorsHealth;
}

/** Looks once before it answers. @throws StoreError when the history cannot be read */
export async function openCollectorsWatch(store: Pick<Store, 'facts' | 'sharing'>): Promise<CollectorsWatch> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { location } = await store.facts();
  let health = concludeHealth(location, await store.sharing());

  async function watch(): Promise<void> {
    for (;;) {
      await pause(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      try {
        health = concludeHealth(location, await store.sharing());
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        health = { ...health, store: { location, writable: false, detail: error.message } };
      }
    }
  }

  const watching = watch();
  return {
    health: () => health,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}

/** All together are as well as the worst of them. */
export function concludeHealth(location: string, sharing: Sharing | null): CollectorsHealth {
  const { collectors, unheld, gaps } = sharing ?? { collectors: [], unheld: SLICES, gaps: [] as Gap[] };
  const all = collectors.map(({ name, status }) => ({ name, ...(status as Told) }));
  const connected = all.filter(({ events }) => events.connected);
  const [deaf] = all.filter(({ events }) => !events.connected);
  const unwell = all.find(({ store }) => !store.writable);
  // An older collector does not tell.
  const clocks = all.flatMap(({ clock }) => (clock === undefined ? [] : [clock]));
  const doubted = clocks.find(({ believed }) => !believed);
  const sum = (count: (told: Told) => number) => all.reduce((total, told) => total + count(told), 0);
  const undecodable: Record<string, number> = {};
  for (const { events } of all) {
    // All of them hear the same: what one could not read none could.
    for (const [reason, count] of Object.entries(events.undecodable))
      undecodable[reason] = Math.max(undecodable[reason] ?? 0, count);
  }
  return {
    events: {
      connected: connected.length > 0,
      detail: describe(all.length, { deaf: deaf?.events.detail, unheld }),
      lagSeconds: Math.max(0, ...all.map(({ events }) => events.lagSeconds)),
      undecodable,
      leftOut: sum(({ events }) => events.leftOut),
    },
    store: {
      location,
      writable: unwell === undefined,
      detail: unwell === undefined ? '' : unwell.store.detail,
    },
    ...(clocks.length === 0 ? {} : { clock: doubted ?? { believed: true, detail: '' } }),
    sharing: { collectors: all.length, unheld, gaps: gaps.slice(0, 10) },
  };
}

function describe(
  count: number,
  { deaf, unheld }: { readonly deaf: string | undefined; readonly unheld: number },
): string {
  if (count === 0) return 'no collector is running';
  return [
    count === 1 ? 'one collector is running' : `${count} collectors are running`,
    ...(deaf === undefined ? [] : [deaf]),
    ...(unheld === 0 ? [] : [`${unheld} of ${SLICES} slices wait for one to take them over`]),
  ].join('; ');
}
