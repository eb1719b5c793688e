// The partitions of `tasks`: one for each stretch of ids, so for tasks that were first seen one after the other. The newest is being
// written; what has stopped growing gets its index for searching, and is dropped as a whole when nothing is left in it.
import type { Log } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { SEARCH_TEXT } from './search-words.ts';
import { BLOCK_IDS } from './task-ids.ts';
import { sqlState } from './postgres-errors.ts';
import type { Transactions } from './transactions.ts';

/**
 * Tasks of one generation. With fewer there are more tables for every question to look into (with 40 of them planning takes some 5 ms);
 * with more the newest one, which has no index for searching yet, takes longer to look through.
 */
export const GENERATION_IDS = 2 ** 18;

const LOCK = 0x756d6267;
/** Taking a table away waits for whoever reads it, and everybody else waits behind: not for long. */
const LOCK_TIMEOUT_MS = 500;

export interface Generations {
  /** Makes the generation of this id, unless it is known to be there. Not within a transaction. */
  ensure(id: number): Promise<void>;
  /**
   * Makes the coming generation, starts the search index of one that has stopped growing, in the background. Answers whether there is
   * more to do.
   */
  tidy(): Promise<boolean>;
  /** Drops a generation without tasks, if there is one that has stopped growing. Answers how many bytes it took. */
  dropEmpty(): Promise<number>;
  /** Makes the generations that are being written and come next, and looks whether there can be an index for searching. */
  prepare(): Promise<void>;
  /** Stops what goes on in the background. */
  close(): Promise<void>;
}

export function createGenerations(transactions: Transactions, schema: string, log: Log): Generations {
  const known = new Set<number>();
  let indexing: Promise<void> | undefined;
  let closed = false;
  let canSearch: boolean | undefined;

  const create = (number: number): Promise<void> =>
    transactions.write(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK, schema]);
      const name = tableOf(number);
      const { rows } = await client.query<{ found: string | null }>('SELECT to_regclass($1)::text AS found', [
        `"${schema}".${name}`,
      ]);
      if (rows[0]?.found !== null) return;
      // To attach a table does not wait for those who read and write the others; to create it as a partition would.
      await client.query(`CREATE TABLE ${name} (LIKE tasks INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        WITH (fillfactor = 90, autovacuum_vacuum_insert_scale_factor = 0.5)`);
      const [from, to] = [number * GENERATION_IDS, (number + 1) * GENERATION_IDS];
      await client.query(`ALTER TABLE tasks ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to})`);
    });

  const ensureNumber = async (number: number): Promise<void> => {
    if (known.has(number)) return;
    await create(number);
    known.add(number);
  };

  const current = async (client: ClientBase): Promise<number> => {
    const { rows } = await client.query<{ id: number }>(
      'SELECT CASE WHEN is_called THEN (last_value + 1) ELSE 0 END * $1::bigint AS id FROM id_blocks',
      [BLOCK_IDS],
    );
    return Math.floor((rows[0]?.id ?? 0) / GENERATION_IDS);
  };

  /** Numbers of the generations that are there, rising. */
  const numbers = async (client: ClientBase): Promise<number[]> => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'tasks'::regclass`,
    );
    return rows.map(({ name }) => Number(name.slice(PREFIX.length))).sort((a, b) => a - b);
  };

  async function indexOne(): Promise<void> {
    await transactions.alone(async (client) => {
      const { rows: locks } = await client.query<{ got: boolean }>(
        'SELECT pg_try_advisory_lock($1, hashtext($2)) AS got',
        [LOCK + 1, schema],
      );
      if (locks[0]?.got !== true) return;
      const number = await firstUnindexed(client);
      if (number === undefined) return;
      const name = `${tableOf(number)}_words`;
      // One that was given up half-way is there, but not valid.
      await client.query(`DROP INDEX IF EXISTS ${name}`);
      await client.query(
        `CREATE INDEX CONCURRENTLY ${name} ON ${tableOf(number)} USING gin ((${SEARCH_TEXT}) gin_trgm_ops)`,
      );
    });
  }

  /** Of those that have stopped growing the newest without a valid search index: it is asked for most. */
  async function firstUnindexed(client: ClientBase): Promise<number | undefined> {
    const { rows } = await client.query<{ name: string }>(
      `SELECT index.relname AS name FROM pg_index JOIN pg_class index ON index.oid = indexrelid
       WHERE indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'tasks'::regclass) AND indisvalid`,
    );
    const indexed = new Set(rows.map(({ name }) => name));
    const writing = await current(client);
    return (await numbers(client)).findLast(
      (number) => number < writing && !indexed.has(`${tableOf(number)}_words`),
    );
  }

  return {
    ensure: (id) => ensureNumber(Math.floor(id / GENERATION_IDS)),

    async prepare() {
      const writing = await transactions.read(current);
      await ensureNumber(writing);
      await ensureNumber(writing + 1);
      // Whoever owns a database may make this extension, where it is installed; in a transaction of its own, because it may fail.
      await transactions
        .write((client) => client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public'))
        .catch((error: unknown) => {
          log.info(
            { error: String(error) },
            'PostgreSQL has no pg_trgm here: searching reads all tasks, and may be given up at its deadline',
          );
        });
    },

    async tidy() {
      const { next, unindexed } = await transactions.read(async (client) => {
        canSearch ??= await hasTrigrams(client);
        const writing = await current(client);
        return {
          next: writing + 1,
          unindexed: canSearch && indexing === undefined ? await firstUnindexed(client) : undefined,
        };
      });
      await ensureNumber(next);
      if (unindexed !== undefined && !closed) {
        indexing = indexOne()
          .catch((error: unknown) => {
            if (!closed)
              log.warn(
                { error: String(error) },
                'the index for searching could not be made; searching is slower',
              );
          })
          .finally(() => {
            indexing = undefined;
          });
      }
      return false;
    },

    async dropEmpty() {
      try {
        return await transactions.write(async (client) => {
          const writing = await current(client);
          for (const number of await numbers(client)) {
            if (number >= writing) return 0;
            const table = tableOf(number);
            const { rows } = await client.query<{ bytes: number; empty: boolean }>(
              `SELECT pg_total_relation_size('${table}') AS bytes, NOT EXISTS (SELECT FROM ${table}) AS empty`,
            );
            if (rows[0]?.empty !== true) continue;
            await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
            await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
            // Whoever had taken ids of it may have used them meanwhile.
            const again = await client.query(`SELECT FROM ${table} LIMIT 1`);
            if (again.rowCount === 0) {
              await client.query(`DROP TABLE ${table}`);
              known.delete(number);
              return rows[0].bytes;
            }
          }
          return 0;
        });
      } catch (error) {
        if (sqlState((error as Error).cause) === '55P03') return 0;
        throw error;
      }
    },

    async close() {
      closed = true;
      await indexing;
    },
  };
}

const PREFIX = 'tasks_';

function tableOf(number: number): string {
  return `${PREFIX}${number}`;
}

async function hasTrigrams(client: ClientBase): Promise<boolean> {
  const found = await client.query(
    "SELECT 1 FROM pg_opclass WHERE opcname = 'gin_trgm_ops' AND pg_opclass_is_visible(oid)",
  );
  return found.rowCount !== 0;
}
