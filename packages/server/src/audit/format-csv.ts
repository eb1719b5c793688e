// The audit trail as CSV (RFC 4180), for spreadsheets.
import { stringify } from 'csv-stringify/sync';
import type { AuditRecord } from '../store/ledger.ts';

const COLUMNS = [
  'seq',
  'at',
  'who',
  'via',
  'token',
  'address',
  'action',
  'target',
  'params',
  'outcome',
  'status',
  'detail',
  'replies',
  'took_ms',
  'hash',
] as const;

/**
 * Lines with CRLF ends. Cells that a spreadsheet would take for a formula begin with `'`; times are RFC 3339, params and
 * replies JSON.
 * @param options.header also a first line with the names of the columns
 */
export function formatCsv(records: readonly AuditRecord[], { header }: { header: boolean }): string {
  return stringify(records.map(toRow), {
    columns: [...COLUMNS],
    header,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}

function toRow(record: AuditRecord): Record<(typeof COLUMNS)[number], unknown> {
  return {
    seq: record.seq,
    at: new Date(record.at).toISOString(),
    who: record.who,
    via: record.via,
    token: record.token,
    address: record.address,
    action: record.action,
    target: record.target,
    params: JSON.stringify(record.params),
    outcome: record.outcome,
    status: record.status,
    detail: record.detail,
    replies: record.replies === null || record.replies === undefined ? null : JSON.stringify(record.replies),
    took_ms: record.tookMs,
    hash: record.hash,
  };
}
