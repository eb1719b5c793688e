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
/** What its holder heard last may take so long to be written. Who has listened for longer has heard it too. */
const UNWRITTEN_MS = 2_000;
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

interface Round {
  readonly mine: ReadonlySet<number>;
  /** How many it should have at most. */
  readonly aim: number;
  readonly taken: readonly Taken[];
  readonly nowMs: number;
}

interface Taken {
  readonly slice: number;
  /** Epoch milliseconds until when everything of it is written; null: there was nobody ever. */
  readonly leftMs: number | null;
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
    const hears = listened === null ? null : listened >= UNWRITTEN_MS;
    const { mine, aim, taken, nowMs } = await transactions.write(async (client): Promise<Round> => {
      await client.query(
        `INSERT INTO collectors VALUES ($1, $2, clock_timestamp(), $3, $4)
         ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, hears = excluded.hears, status = excluded.status`,
        [id, calledName, hears, JSON.stringify(its.status())],
      );
      const already = await slicesOf(client, id);
      const most = await fairShare(client, id);
      const free = most > already.size ? await takeFree(client, id, most - already.size) : [];
      await forgetGone(client);
      return { mine: already, aim: most, taken: free, nowMs: await clock(client) };
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
    taken: readonly Taken[],
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
        'UPDATE slices SET holder = NULL, left_at = clock_timestamp() WHERE holder = $1 AND slice = ANY($2::int[])',
        [id, [...slices]],
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

/** Collectors that have not listened long enough count only while there is no other. */
async function fairShare(client: ClientBase, id: string): Promise<number> {
  const { rows } = await client.query<{ id: string; hears: boolean }>(
    `SELECT id, hears FROM collectors WHERE seen > clock_timestamp() - interval '${GONE_AFTER_S} s' AND hears IS NOT NULL`,
  );
  const ready = rows.filter(({ hears }) => hears);
  const counted = ready.length > 0 ? ready : rows;
  return counted.some((row) => row.id === id) ? Math.ceil(SLICES / counted.length) : 0;
}

/** Rows that a transaction is about to write tasks of are passed over: the next round finds them. */
async function takeFree(client: ClientBase, id: string, limit: number): Promise<Taken[]> {
  const { rows } = await client.query<{ slice: number; left_ms: number | null }>(
    `WITH free AS (
       SELECT s.slice, coalesce(s.left_at, c.seen - interval '${UNWRITTEN_MS} ms') AS left_at FROM slices s LEFT JOIN collectors c ON c.id = s.holder
       WHERE c.id IS NULL OR c.seen < clock_timestamp() - interval '${GONE_AFTER_S} s'
       ORDER BY s.slice LIMIT $2 FOR UPDATE OF s SKIP LOCKED)
     UPDATE slices SET holder = $1, left_at = NULL FROM free WHERE slices.slice = free.slice
     RETURNING slices.slice, (extract(epoch FROM free.left_at) * 1000)::float8 AS left_ms`,
    [id, limit],
  );
  return rows.map(({ slice, left_ms: leftMs }) => ({ slice, leftMs }));
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
  const { rows } = await client.query<{ now: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  return rows[0]?.now ?? 0;
}

function difference(all: ReadonlySet<number>, without: ReadonlySet<number>): Set<number> {
  return new Set([...all].filter((slice) => !without.has(slice)));
}
