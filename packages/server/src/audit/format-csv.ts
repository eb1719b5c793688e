// The audit trail as CSV (RFC 4180), for spreadsheets.
import { stringify } from 'csv-stringify/sync';
import { type AuditItem, toAuditItem } from '../contract/v1-audit.ts';
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
] as const satisfies readonly (keyof AuditItem)[];

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
  const item = toAuditItem(record);
  return {
    ...item,
    params: JSON.stringify(item.params),
    // Cells are empty where nothing was asked, rather than the word null.
    replies: item.replies == null ? null : JSON.stringify(item.replies),
  };
}
