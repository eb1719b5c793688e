// The audit trail as a file, CSV or JSON, the newest line first: for GET /api/v1/audit and for `umbel audit export`. Read batch by
// batch and written as it is read, so that no trail is too long for the memory.
import { toAuditItem } from '../contract/v1-audit.ts';
import type { AuditQuery, AuditRecord, AuditStore } from '../store/ledger.ts';
import { formatCsv } from './format-csv.ts';

export const EXPORT_FORMATS = ['csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Lines read at a time. */
const BATCH_LINES = 500;

interface Batch {
  readonly records: readonly AuditRecord[];
  readonly next: number | null;
}

/**
 * The text of the file, piece by piece. The first batch is read before it resolves, so that what cannot be read has an error of its
 * own; it rejects with StoreError, and so may the reading of what follows.
 * @param query its `limit`: most lines of the file; JSON says in `next` where it would go on
 */
export async function exportAudit(
  ledger: Pick<AuditStore, 'listAudit'>,
  query: AuditQuery,
  format: ExportFormat,
): Promise<AsyncGenerator<string>> {
  const batches = readBatches(ledger, query);
  const first = await batches.next();
  const all = follow(first, batches);
  return format === 'csv' ? toCsv(all) : toJson(all);
}

async function* readBatches(
  ledger: Pick<AuditStore, 'listAudit'>,
  query: AuditQuery,
): AsyncGenerator<Batch, undefined> {
  let { before } = query;
  for (let left = query.limit; left > 0; ) {
    const batch = await ledger.listAudit({ ...query, before, limit: Math.min(BATCH_LINES, left) });
    yield batch;
    if (batch.next === null) return;
    before = batch.next;
    left -= batch.records.length;
  }
}

async function* follow(
  first: IteratorResult<Batch, undefined>,
  rest: AsyncGenerator<Batch, undefined>,
): AsyncGenerator<Batch> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

async function* toCsv(batches: AsyncIterable<Batch>): AsyncGenerator<string> {
  let header = true;
  for await (const { records } of batches) {
    yield formatCsv(records, { header });
    header = false;
  }
}

async function* toJson(batches: AsyncIterable<Batch>): AsyncGenerator<string> {
  let separator = '';
  let last: number | null = null;
  yield '{"items":[';
  for await (const { records, next } of batches) {
    for (const record of records) {
      yield `${separator}\n${JSON.stringify(toAuditItem(record))}`;
      separator = ',';
    }
    last = next;
  }
  yield `\n],"next":${last === null ? 'null' : `"${last}"`}}\n`;
}
