// The Ledger in a PostgreSQL database, beside the history or alone: puts the parts of this folder together. Any number of desks and
// commands may use it at once.
import { type Log, maskUrls } from '@umbel/celery';
import { type AuditLink, lineOf } from '../../audit-chain.ts';
import { UNVERIFIED } from '../../audit-walk.ts';
import type { Ledger } from '../../ledger.ts';
import { StoreError } from '../../store.ts';
import { isNewest, migrate, readMigrations } from '../migrate.ts';
import { openTransactions, type Transactions } from '../transactions.ts';
import { createAuditAppender } from './append-audit.ts';
import { pruneAudit } from './audit.ts';
import { listAudit } from './list-audit.ts';
import { putOnce, sweepOnce, takeOnce } from './one-time.ts';
import * as sessions from './sessions.ts';
import * as tokens from './tokens.ts';
import { verifyAuditStep } from './verify-audit.ts';

const LEDGER = readMigrations('ledger', new URL('./migrations/', import.meta.url));
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,40}$/;
/** For questions; three more for writing. */
const CONNECTIONS = 3;
const TIMEOUT_MS = 10_000;

export interface PostgresLedgerOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. The user may make a schema, or it is there and theirs. */
  readonly url: string;
  readonly log: Log;
  /** Where the tables are; made when it is missing. Default: `umbel`. */
  readonly schema?: string | undefined;
}

/**
 * Opens the ledger, and brings its tables up to date. Whoever opens it at the same time waits meanwhile.
 * @throws StoreError `unavailable` (also for a server that is too old), `full`, `too_new`; RangeError for a schema that is no name
 */
export async function openPostgresLedger(options: PostgresLedgerOptions): Promise<Ledger> {
  const { url, schema = 'umbel' } = options;
  const transactions = connect(options);
  try {
    if (!(await transactions.read((client) => isNewest(client, schema, LEDGER)))) {
      await transactions.write((client) => migrate(client, schema, LEDGER), 'free');
    }
  } catch (error) {
    await transactions.close();
    throw error;
  }
  const write: typeof transactions.write = (work, planning) => transactions.write(work, planning);
  const read: typeof transactions.read = async (work, how) => {
    try {
      return await transactions.read(work, how);
    } catch (error) {
      // Every question here is a small one: a server that needs too long for it is not to be had now.
      if (!(error instanceof StoreError) || error.code !== 'too_slow') throw error;
      throw new StoreError('unavailable', error.message, error);
    }
  };
  const append = createAuditAppender(transactions);
  /** Looks up a few rows. */
  const find: typeof read = (work) => read(work, { planning: 'by-index' });

  const ledger: Ledger = {
    location: maskUrls(url),
    writeSession: (session) => write((client) => sessions.writeSession(client, session)),
    readSession: (hash) => find((client) => sessions.readSession(client, hash)),
    touchSession: (hash, seenAt) => write((client) => sessions.touchSession(client, hash, seenAt)),
    sessions: (subject) => read((client) => sessions.listSessions(client, subject)),
    deleteSession: (hash) => write((client) => sessions.deleteSession(client, hash)),
    deleteSessionsOf: (subject) => write((client) => sessions.deleteSessionsOf(client, subject)),

    writeToken: (token) => write((client) => tokens.writeToken(client, token)),
    readToken: (hash) => find((client) => tokens.readToken(client, hash)),
    tokens: (subject) => read((client) => tokens.listTokens(client, subject)),
    touchToken: (id, usedAt, usedFrom) => write((client) => tokens.touchToken(client, id, usedAt, usedFrom)),
    revokeToken: (id, at) => write((client) => tokens.revokeToken(client, id, at)),

    putOnce: (secret) => write((client) => putOnce(client, schema, secret)),
    takeOnce: (kind, hash, now) => write((client) => takeOnce(client, kind, hash, now)),
    sweep: (times) =>
      write(async (client) => {
        await sessions.sweepSessions(client, times);
        await sweepOnce(client, times.now);
        await tokens.sweepTokens(client, times.now);
      }, 'free'),

    appendAudit: async (entries) => append(entries.map(lineOf)),
    listAudit: (query) => find((client) => listAudit(client, query)),
    async verifyAudit(expected?: AuditLink) {
      for (let sofar = UNVERIFIED; ; ) {
        const { verdict, done } = await find((client) => verifyAuditStep(client, sofar, expected));
        if (done) return verdict;
        sofar = verdict;
      }
    },
    pruneAudit: (before, limit) => write((client) => pruneAudit(client, before, limit)),
    close: () => transactions.close(),
    [Symbol.asyncDispose]: () => ledger.close(),
  };
  return ledger;
}

/** Whether somebody has opened a ledger there before. Changes nothing. @throws StoreError `unavailable`; RangeError */
export async function hasPostgresLedger(options: PostgresLedgerOptions): Promise<boolean> {
  const { schema = 'umbel' } = options;
  const transactions = connect(options);
  try {
    return await transactions.read(async (client) => {
      const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
        `"${schema}".audit_ends`,
      ]);
      return rows[0]?.there ?? false;
    });
  } finally {
    await transactions.close();
  }
}

function connect({ url, log, schema = 'umbel' }: PostgresLedgerOptions): Transactions {
  if (!SCHEMA_NAME.test(schema)) {
    throw new RangeError('a schema is called by small letters, digits and _, at most 41 of them');
  }
  return openTransactions({
    url,
    schema,
    log,
    connections: CONNECTIONS,
    readTimeoutMs: TIMEOUT_MS,
    writeTimeoutMs: TIMEOUT_MS,
  });
}
