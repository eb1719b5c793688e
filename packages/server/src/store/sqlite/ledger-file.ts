// The ledger's file on the calling thread: puts its parts together. The thread is ledger-worker.ts's; what people ask for in one call
// and takes several steps here is open-ledger.ts's.
import type { AuditLine, AuditLink } from '../audit-chain.ts';
import type { AccessStore, AuditQuery, AuditVerdict } from '../ledger.ts';
import { createAuditTrail } from './audit.ts';
import { LEDGER_FILE } from './file-schema.ts';
import { type AuditListStep, type AuditSpan, listAuditStep } from './list-audit.ts';
import { createOneTimeSecrets } from './one-time.ts';
import { createSessions } from './sessions.ts';
import { openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts';
import { createTokens } from './tokens.ts';
import { createTransactions } from './transactions.ts';
import { type AuditVerifyStep, verifyAuditStep } from './verify-audit.ts';

export interface LedgerFile extends AccessStore {
  appendAudit(lines: readonly AuditLine[]): Promise<AuditLink>;
  listAuditStep(query: AuditQuery, rest: AuditSpan | undefined): Promise<AuditListStep>;
  verifyAuditStep(sofar: AuditVerdict, expected: AuditLink | undefined): Promise<AuditVerifyStep>;
  pruneAudit(before: number, limit: number): Promise<number>;
  close(): Promise<void>;
}

/** @throws StoreError `unavailable`, `full`, `too_new`; `damaged` when it is not opened by its owner */
export async function openLedgerFile(options: SqliteFileOptions): Promise<LedgerFile> {
  const { path } = options;
  const database = await openSqliteFile(options, LEDGER_FILE);
  const sessions = createSessions(database);
  const tokens = createTokens(database);
  const oneTime = createOneTimeSecrets(database);
  const trail = createAuditTrail(database, path);
  const { read, write } = createTransactions(database, { path });

  return {
    writeSession: (session) => write(() => sessions.write(session)),
    readSession: (hash) => read(() => sessions.read(hash)),
    touchSession: (hash, seenAt) => write(() => sessions.touch(hash, seenAt)),
    sessions: (subject) => read(() => sessions.list(subject)),
    deleteSession: (hash) => write(() => sessions.delete(hash)),
    deleteSessionsOf: (subject) => write(() => sessions.deleteOf(subject)),

    writeToken: (token) => write(() => tokens.write(token)),
    readToken: (hash) => read(() => tokens.read(hash)),
    tokens: (subject) => read(() => tokens.list(subject)),
    touchToken: (id, usedAt, usedFrom) => write(() => tokens.touch(id, usedAt, usedFrom)),
    revokeToken: (id, at) => write(() => tokens.revoke(id, at)),

    putOnce: (secret) => write(() => oneTime.put(secret)),
    takeOnce: (kind, hash, now) => write(() => oneTime.take(kind, hash, now)),
    sweep: (times) =>
      write(() => {
        sessions.sweep(times);
        oneTime.sweep(times.now);
        tokens.sweep(times.now);
      }),

    appendAudit: (lines) => write(() => trail.append(lines)),
    listAuditStep: (query, rest) => read(() => listAuditStep(database, query, rest)),
    verifyAuditStep: (sofar, expected) => read(() => verifyAuditStep(database, sofar, expected)),
    pruneAudit: (before, limit) => write(() => trail.prune(before, limit)),
    async close() {
      if (database.isOpen) database.close();
    },
  };
}
