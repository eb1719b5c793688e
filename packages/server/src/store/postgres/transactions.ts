// Runs work in transactions on connections of a pool, and tells every failure as a StoreError. Everything a transaction needs to
// know (schema, deadlines) is set within it, so that a pooler between us and the server may lend each transaction another connection.
import type { Log } from '@umbel/celery';
import { type ClientBase, Pool, type PoolClient, type PoolConfig, types } from 'pg';
import { StoreError } from '../store.ts';
import { isConnectionGone, isInTheWay, isSilent, toStoreError } from './postgres-errors.ts';

/** How long a connection may take to come about, or to become free. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that does not even end a statement at its own deadline is not there any more. */
const SILENCE_MS = 5_000;
const TRIES = 4;
/** One writes, one may keep order meanwhile (a new generation, an index), one is asked by whoever writes. */
const WRITING_CONNECTIONS = 3;

export interface TransactionsOptions {
  readonly url: string;
  readonly schema: string;
  readonly log: Log;
  /** Connections at most, for questions; a few more for writing. */
  readonly connections: number;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** How the planner finds rows: for look-ups by id it must never choose to read a whole table, however little it knows of it. */
type Planning = 'free' | 'by-index';

export interface Transactions {
  /** Everything that `work` reads is of one moment. @param timeoutMs for each statement */
  read<T>(work: (client: ClientBase) => Promise<T>, options?: ReadOptions): Promise<T>;
  /**
   * All or nothing, durable when it resolves. The work is done again when another transaction was in the way.
   * @throws CommitDoubt when nobody knows whether it was done
   */
  write<T>(work: (client: ClientBase, xid: string) => Promise<T>, planning?: Planning): Promise<T>;
  /** On a connection of its own, outside any transaction: what PostgreSQL does not do within one. */
  alone<T>(work: (client: ClientBase) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly timeoutMs?: number | undefined;
  readonly planning?: Planning | undefined;
  /** Whoever asks is about to write. */
  readonly isUrgent?: boolean | undefined;
}

/** The connection went while the server was committing. */
export class CommitDoubt extends StoreError {
  /** What `pg_xact_status` wants. */
  readonly xid: string;

  constructor(xid: string, cause: unknown) {
    super('unavailable', 'PostgreSQL went away while it was committing', cause);
    this.xid = xid;
  }
}

export function openTransactions(options: TransactionsOptions): Transactions {
  const { url, schema, log, connections, readTimeoutMs, writeTimeoutMs } = options;
  let closing: Promise<void> | undefined;
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'umbel',
    query_timeout: Math.max(readTimeoutMs, writeTimeoutMs) + SILENCE_MS,
    // All whole numbers here (ids, counts, sizes) are exact in a double.
    types: {
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format),
    },
  } satisfies PoolConfig;
  // Of their own, so that no number of slow questions keeps a batch from being written.
  const pools = {
    asking: new Pool({ ...settings, max: connections }),
    writing: new Pool({ ...settings, max: WRITING_CONNECTIONS }),
  };
  for (const pool of Object.values(pools)) {
    // A connection that nobody uses right now was lost; the pool has dropped it.
    pool.on('error', (error) => {
      log.info({ error: error.message }, 'a connection to PostgreSQL was lost');
    });
  }

  const connect = async (pool: Pool): Promise<PoolClient> => {
    if (closing) throw new StoreError('closed', 'the store is closed');
    const client = await pool.connect();
    // One that breaks between two statements says so here, and to the next statement.
    client.on('error', ignore);
    return client;
  };
  const release = (client: PoolClient, broken: boolean): void => {
    client.off('error', ignore);
    client.release(broken);
  };

  /**
   * A connection that lay idle may have been lost without a word, as after a restart of the server: then nothing has been done, and the
   * next one is tried. When the server is away, making a new one fails.
   */
  const begun = async (pool: Pool, begin: string): Promise<{ client: PoolClient; xid: string }> => {
    for (let tries = 0; ; tries++) {
      const client = await connect(pool);
      try {
        const results: unknown = await client.query(begin);
        const last: unknown = Array.isArray(results) ? results.at(-1) : undefined;
        return { client, xid: (last as { rows: { xid?: string }[] } | undefined)?.rows[0]?.xid ?? '' };
      } catch (error) {
        release(client, true);
        const isStale = isConnectionGone(error) && !isSilent(error);
        if (!isStale || tries > pool.options.max) throw error;
      }
    }
  };

  const run = async <T>(
    pool: Pool,
    begin: string,
    work: (client: ClientBase, xid: string) => Promise<T>,
  ): Promise<T> => {
    const { client, xid } = await begun(pool, begin);
    let committing = false;
    try {
      const answer = await work(client, xid);
      committing = true;
      await client.query('COMMIT');
      release(client, false);
      return answer;
    } catch (error) {
      let broken = isConnectionGone(error);
      if (!broken) {
        await client.query('ROLLBACK').catch(() => {
          broken = true;
        });
      }
      release(client, broken);
      if (committing && broken && xid !== '') throw new CommitDoubt(xid, error);
      throw error;
    }
  };

  const beginning = (mode: string, timeoutMs: number, planning: Planning): string =>
    [
      `BEGIN ${mode}`,
      `SET LOCAL search_path = "${schema}", public`,
      // Compiling a question takes longer than answering most.
      'SET LOCAL jit = off',
      `SET LOCAL statement_timeout = ${Math.max(1, Math.round(timeoutMs))}`,
      // A process of ours that stops in the middle must not hold its locks for ever.
      `SET LOCAL idle_in_transaction_session_timeout = ${writeTimeoutMs + SILENCE_MS}`,
      ...(planning === 'by-index'
        ? [
            'SET LOCAL enable_seqscan = off',
            'SET LOCAL enable_hashjoin = off',
            'SET LOCAL enable_mergejoin = off',
          ]
        : []),
    ].join('; ');

  return {
    async read(work, { timeoutMs = readTimeoutMs, planning = 'free', isUrgent = false } = {}) {
      const pool = isUrgent ? pools.writing : pools.asking;
      try {
        return await run(
          pool,
          beginning('ISOLATION LEVEL REPEATABLE READ READ ONLY', timeoutMs, planning),
          work,
        );
      } catch (error) {
        throw toStoreError(error);
      }
    },
    async write(work, planning = 'by-index') {
      const begin = `${beginning('ISOLATION LEVEL READ COMMITTED', writeTimeoutMs, planning)}; SELECT pg_current_xact_id()::text AS xid`;
      for (let tries = 1; ; tries++) {
        try {
          return await run(pools.writing, begin, work);
        } catch (error) {
          if (!isInTheWay(error) || tries === TRIES) throw toWriteError(error);
        }
      }
    },
    async alone(work) {
      try {
        const client = await connect(pools.writing);
        try {
          await client.query(`SET search_path = "${schema}", public; SET statement_timeout = 0`);
          return await work(client);
        } finally {
          // Its settings are not those of the others: it is never used again.
          release(client, true);
        }
      } catch (error) {
        throw toStoreError(error);
      }
    },
    close() {
      closing ??= Promise.all([pools.asking.end(), pools.writing.end()]).then(() => undefined);
      return closing;
    },
  };
}

/** A write that waited too long for others, or was cancelled, may succeed later; a question would take as long again. */
function toWriteError(error: unknown): unknown {
  const failure = toStoreError(error);
  if (!(failure instanceof StoreError) || failure.code !== 'too_slow') return failure;
  return new StoreError('unavailable', failure.message, error);
}

function ignore(): void {
  // the statement itself rejects
}
