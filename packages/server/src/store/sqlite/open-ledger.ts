// The Ledger in one SQLite file, on a thread of its own. Other processes may have the same file open: another desk, the command line.
import type { Log } from '@umbel/celery';
import { type AuditLink, lineOf, recordOf } from '../audit-chain.ts';
import type { AuditQuery, AuditRecord, Ledger } from '../ledger.ts';
import { openFileThreads } from './file-threads.ts';
import type { LedgerFile } from './ledger-file.ts';
import type { AuditSpan } from './list-audit.ts';
import { UNVERIFIED } from './verify-audit.ts';

export interface SqliteLedgerOptions {
  readonly path: string;
  /**
   * `own`, the default, for a server: the file is made when it is missing, and a damaged one is moved aside. `write` for whoever comes
   * by: the file is used as it is, or not at all.
   */
  readonly access?: 'own' | 'write' | undefined;
  readonly log: Log;
}

/**
 * Opens the ledger in the file at `path`.
 * @throws StoreError `unavailable`, `full`, `too_new`
 */
export async function openSqliteLedger({ path, access = 'own', log }: SqliteLedgerOptions): Promise<Ledger> {
  const task = 'of the ledger';
  const thread = openFileThreads({ worker: 'ledger-worker', path, data: { access }, threads: 1, task, log });
  try {
    await thread.run({ method: 'open', parameters: [] });
  } catch (error) {
    await thread.close();
    throw error;
  }
  const call =
    <Method extends keyof LedgerFile>(method: Method) =>
    async (...parameters: Parameters<LedgerFile[Method]>): Promise<Awaited<ReturnType<LedgerFile[Method]>>> =>
      (await thread.run({ method, parameters })) as Awaited<ReturnType<LedgerFile[Method]>>;
  const appendAudit = call('appendAudit');
  const listAuditStep = call('listAuditStep');
  const verifyAuditStep = call('verifyAuditStep');

  const ledger: Ledger = {
    location: path,
    writeSession: call('writeSession'),
    readSession: call('readSession'),
    touchSession: call('touchSession'),
    sessions: call('sessions'),
    deleteSession: call('deleteSession'),
    deleteSessionsOf: call('deleteSessionsOf'),
    writeToken: call('writeToken'),
    readToken: call('readToken'),
    tokens: call('tokens'),
    touchToken: call('touchToken'),
    revokeToken: call('revokeToken'),
    putOnce: call('putOnce'),
    takeOnce: call('takeOnce'),
    sweep: call('sweep'),

    // Entries become text on this side: exact numbers (JSON.rawJSON) would not survive the way to another thread.
    appendAudit: async (entries) => appendAudit(entries.map(lineOf)),
    async listAudit(query: AuditQuery) {
      const records: AuditRecord[] = [];
      let rest: AuditSpan | undefined;
      let endsEarly = false;
      // One more than the page holds, to know whether there is another page.
      while (records.length <= query.limit && !endsEarly) {
        const limit = query.limit + 1 - records.length;
        const step = await listAuditStep({ ...query, limit }, rest);
        records.push(...step.lines.map(recordOf));
        if (step.rest === null) break;
        rest = step.rest;
        endsEarly = step.full;
      }
      const page = records.slice(0, query.limit);
      const isLast = records.length <= query.limit && !endsEarly;
      return { records: page, next: isLast ? null : (page.at(-1)?.seq ?? null) };
    },
    async verifyAudit(expected?: AuditLink) {
      for (let sofar = UNVERIFIED; ; ) {
        const { verdict, done } = await verifyAuditStep(sofar, expected);
        if (done) return verdict;
        sofar = verdict;
      }
    },
    pruneAudit: call('pruneAudit'),
    close: () => thread.close({ method: 'close', parameters: [] }),
    [Symbol.asyncDispose]: () => ledger.close(),
  };
  return ledger;
}
