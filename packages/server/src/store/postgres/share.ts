// The slices that this process writes, agreed upon with all other collectors in the tables of migration 0003. Each second it says that it is
// there, looks who else is, and takes or gives slices, so that all have about as many. The clock is the database's.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Log } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { type Share, type ShareHolder, type Sharing, SLICES, sliceOf } from '../collecting.ts';
import { StoreError } from '../store.ts';
import { openTransactions } from './transactions.ts';

const RENEW_EVERY_MS = 1_000;
/** Not seen for so long, a collector is gone. Three renewals, of which two may be late. */
export const GONE_AFTER_S = 3;
/** What a collector says about how far behind it is may be older and better than the truth by so much. */
const MARGIN_MS = 2_000;
/** A collector that is gone is remembered for so long, unless somebody has yet to take its slices over. */
const REMEMBER_S = 60;
const KEPT_GAPS = 1_000;

export interface PostgresShareOptions {
  readonly url: string;
  readonly schema?: string | undefined;
  readonly log: Log;
  /** Host and process, for people. Default: of this one. */
  readonly name?: string | undefined;
}

export interface PostgresShare extends Share {
  /** By which the store knows whose batch it is (open-postgres.ts). */
  readonly id: string;
}

/** SQL: so many milliseconds ago. */
const AGO = (milliseconds: string) => `clock_timestamp() - ${milliseconds}::float8 * interval '1 ms'`;
const EPOCH_MS = (moment: string) => `(extract(epoch FROM ${moment}) * 1000)::float8`;

interface Round {
  readonly mine: ReadonlySet<number>;
  /** How many it should have at most. */
  readonly aim: number;
  readonly taken: readonly FreeSlice[];
  readonly nowMs: number;
}

interface FreeSlice {
  readonly slice: number;
  /** What happened before is written, epoch milliseconds; null: there was nobody ever. */
  readonly leftMs: number | null;
}

/** A collector that is there and hears events. Epoch milliseconds. */
interface Listener {
  readonly id: string;
  readonly sinceMs: number;
  readonly writtenMs: number;
}

/** The tables are there: the store was opened before. */
export function openPostgresShare({ url, schema = 'umbel', log, name }: PostgresShareOptions): PostgresShare {
  const id = randomUUID();
  const calledName = name ?? `${hostname()}:${process.pid}`;
  const transactions = openTransactions({
    url,
    schema,
    log,
    connections: 1,
    readTimeoutMs: GONE_AFTER_S * 1_000,
    writeTimeoutMs: GONE_AFTER_S * 1_000,
  });
  let held: ReadonlySet<number> = new Set();
  let holder: ShareHolder | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function round(its: ShareHolder): Promise<void> {
    const listened = its.listenedMs();
    const behind = its.behindMs();
    const { mine, aim, taken, nowMs } = await transactions.write(async (client): Promise<Round> => {
      await client.query(
        `INSERT INTO collectors (id, name, seen, heard_since, written, status)
         VALUES ($1, $2, clock_timestamp(), ${AGO('$3')}, ${AGO('$4')}, $5)
         ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, heard_since = excluded.heard_since, written = excluded.written,
           status = excluded.status`,
        [id, calledName, listened, behind + MARGIN_MS, JSON.stringify(its.status())],
      );
      const already = await slicesOf(client, id);
      const listeners = await listening(client);
      const free = await takeFree(client, { id, listeners, held: already.size });
      await forgetGone(client);
      return { mine: already, aim: fairShare(id, listeners), taken: free, nowMs: await clock(client) };
    });
    const lost = difference(held, mine);
    if (lost.size > 0) {
      held = difference(held, lost);
      its.lose(lost);
      log.warn({ slices: lost.size }, 'another collector has taken over what this one was to write');
    }
    if (taken.length > 0) await take(taken, { listened: listened ?? 0, nowMs });
    const excess = [...held].slice(aim);
    if (excess.length > 0) await give(new Set(excess));
  }

  async function take(
    taken: readonly FreeSlice[],
    { listened, nowMs }: { readonly listened: number; readonly nowMs: number },
  ): Promise<void> {
    const slices = new Set(taken.map(({ slice }) => slice));
    held = new Set([...held, ...slices]);
    holder?.take(slices);
    const heardSinceMs = nowMs - listened;
    const unheard = taken.filter(({ leftMs }) => leftMs !== null && leftMs < heardSinceMs);
    if (unheard.length === 0) return;
    const fromMs = Math.min(...unheard.map(({ leftMs }) => leftMs ?? Infinity));
    log.warn(
      {
        from: new Date(fromMs).toISOString(),
        to: new Date(heardSinceMs).toISOString(),
        slices: unheard.length,
      },
      'events were heard by no collector',
    );
    await transactions.write(async (client) => {
      await client.query('INSERT INTO gaps VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
        fromMs / 1_000,
        heardSinceMs / 1_000,
        unheard.length,
      ]);
      await client.query(
        `DELETE FROM gaps WHERE to_s < (SELECT to_s FROM gaps ORDER BY to_s DESC OFFSET ${KEPT_GAPS} LIMIT 1)`,
      );
    });
  }

  /** Kept while its holder cannot write what it has of them. */
  async function give(slices: ReadonlySet<number>): Promise<void> {
    const before = held;
    held = difference(held, slices);
    if (holder !== undefined && !(await holder.give(slices))) {
      held = before;
      holder.take(slices);
      return;
    }
    await transactions.write(async (client) => {
      await client.query(
        `UPDATE slices SET holder = NULL, left_at = ${AGO('$3')} WHERE holder = $1 AND slice = ANY($2::int[])`,
        [id, [...slices], holder?.behindMs() ?? 0],
      );
    });
  }

  function renew(): void {
    if (holder === undefined || closing !== undefined) return;
    const startedMs = performance.now();
    running = round(holder)
      .catch((error: unknown) => {
        // A store that is away says so where events are written.
        if (!(error instanceof StoreError)) log.warn({ error: String(error) }, 'slices cannot be shared');
      })
      .finally(() => {
        running = undefined;
        if (closing !== undefined) return;
        timer = setTimeout(
          renew,
          Math.max(RENEW_EVERY_MS / 5, RENEW_EVERY_MS - (performance.now() - startedMs)),
        );
      });
  }

  async function end(): Promise<void> {
    clearTimeout(timer);
    await running;
    try {
      if (held.size > 0) await give(held);
      await transactions.write(async (client) => {
        await client.query(
          'DELETE FROM collectors WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM slices WHERE holder = $1)',
          [id],
        );
      });
    } catch (error) {
      // Then the others notice in a few seconds.
      if (!(error instanceof StoreError)) throw error;
    } finally {
      await transactions.close();
    }
  }

  const share: PostgresShare = {
    id,
    holds: (key) => held.has(sliceOf(key)),
    get isKeeper() {
      return held.has(0);
    },
    start(itsHolder) {
      holder = itsHolder;
      renew();
    },
    close() {
      closing ??= end();
      return closing;
    },
    [Symbol.asyncDispose]: () => share.close(),
  };
  return share;
}

/**
 * Makes sure, until the end of the transaction, that nobody takes the slices of these names over.
 * @param names ids of tasks and hostnames that are about to be written
 * @throws StoreError `unavailable` when another collector has some of them
 */
export async function holdSlices(client: ClientBase, holder: string, names: Iterable<string>): Promise<void> {
  const wanted = new Set<number>();
  for (const name of names) {
    wanted.add(sliceOf(name));
    if (wanted.size === SLICES) break;
  }
  const { rowCount } = await client.query(
    'SELECT FROM slices WHERE holder = $1 AND slice = ANY($2::int[]) ORDER BY slice FOR SHARE',
    [holder, [...wanted]],
  );
  if (rowCount !== wanted.size)
    throw new StoreError('unavailable', 'another collector has taken over some of what was to be written');
}

async function slicesOf(client: ClientBase, id: string): Promise<Set<number>> {
  const { rows } = await client.query<{ slice: number }>('SELECT slice FROM slices WHERE holder = $1', [id]);
  return new Set(rows.map(({ slice }) => slice));
}

async function listening(client: ClientBase): Promise<Listener[]> {
  const { rows } = await client.query<{ id: string; since: number; written: number }>(
    `SELECT id, ${EPOCH_MS('heard_since')} AS since, ${EPOCH_MS('written')} AS written FROM collectors
     WHERE seen > clock_timestamp() - interval '${GONE_AFTER_S} s' AND heard_since IS NOT NULL`,
  );
  return rows.map((row) => ({ id: row.id, sinceMs: row.since, writtenMs: row.written }));
}

/** Who has not yet heard all that the others have to write gets nothing from them. */
function fairShare(id: string, listeners: readonly Listener[]): number {
  const writtenMs = Math.min(...listeners.map((listener) => listener.writtenMs));
  const ready = listeners.filter(({ sinceMs }) => sinceMs <= writtenMs);
  const counted = ready.length > 0 ? ready : listeners;
  return counted.some((listener) => listener.id === id) ? Math.ceil(SLICES / counted.length) : 0;
}

/**
 * Takes its part of what nobody holds, or whoever did is gone. A slice is for those who have heard everything of it that is not written; only
 * where nobody has, for all. Rows that a transaction is about to write tasks of are passed over: the next round finds them.
 */
async function takeFree(
  client: ClientBase,
  {
    id,
    listeners,
    held,
  }: { readonly id: string; readonly listeners: readonly Listener[]; readonly held: number },
): Promise<FreeSlice[]> {
  const { rows } = await client.query<{ slice: number; left_ms: number | null }>(
    `SELECT s.slice, ${EPOCH_MS('coalesce(s.left_at, c.written)')} AS left_ms FROM slices s LEFT JOIN collectors c ON c.id = s.holder
     WHERE c.id IS NULL OR c.seen < clock_timestamp() - interval '${GONE_AFTER_S} s'
     ORDER BY s.slice FOR UPDATE OF s SKIP LOCKED`,
  );
  const taken: FreeSlice[] = [];
  for (const { slice, left_ms: leftMs } of rows) {
    const heardAll = listeners.filter(({ sinceMs }) => leftMs === null || sinceMs <= leftMs);
    const able = heardAll.length > 0 ? heardAll : listeners;
    const isAble = able.some((listener) => listener.id === id);
    if (isAble && held + taken.length < Math.ceil(SLICES / able.length)) taken.push({ slice, leftMs });
  }
  if (taken.length > 0)
    await client.query('UPDATE slices SET holder = $1, left_at = NULL WHERE slice = ANY($2::int[])', [
      id,
      taken.map(({ slice }) => slice),
    ]);
  return taken;
}

async function forgetGone(client: ClientBase): Promise<void> {
  await client.query(
    `DELETE FROM collectors c WHERE seen < clock_timestamp() - interval '${REMEMBER_S} s'
       AND NOT EXISTS (SELECT 1 FROM slices WHERE holder = c.id)`,
  );
}

/** Inside a read transaction. */
export async function readSharing(client: ClientBase): Promise<Sharing> {
  const { rows } = await client.query<{ name: string; status: string; slices: number }>(
    `SELECT c.name, c.status, (SELECT count(*) FROM slices s WHERE s.holder = c.id) AS slices FROM collectors c
     WHERE c.seen > clock_timestamp() - interval '${GONE_AFTER_S} s' ORDER BY c.name, c.id`,
  );
  const gaps = await client.query<{ from_s: number; to_s: number; slices: number }>(
    'SELECT from_s, to_s, slices FROM gaps ORDER BY to_s DESC, from_s DESC LIMIT 100',
  );
  return {
    collectors: rows.map(({ name, slices, status }) => ({
      name,
      slices,
      status: JSON.parse(status) as unknown,
    })),
    unheld: SLICES - rows.reduce((sum, { slices }) => sum + slices, 0),
    gaps: gaps.rows.map((row) => ({ from: row.from_s, to: row.to_s, slices: row.slices })),
  };
}

async function clock(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ now: number }>(`SELECT ${EPOCH_MS('clock_timestamp()')} AS now`);
  return rows[0]?.now ?? 0;
}

function difference(all: ReadonlySet<number>, without: ReadonlySet<number>): Set<number> {
  return new Set([...all].filter((slice) => !without.has(slice)));
}
