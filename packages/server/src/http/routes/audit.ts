// Handlers of the audit trail: /api/v1/audit and the page /audit.
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type * as pages from '../../contract/pages.ts';
import { type AuditItem, EXPORT_MAX, type listAudit as operation } from '../../contract/v1-audit.ts';
import { parseMoment, resolveMoment, toTimeText } from '../../contract/v1-moment.ts';
import type { AuditQuery, AuditRecord } from '../../store/ledger.ts';
import { type ApiRequest, type Handler, TextAnswer } from '../api-request.ts';
import { formatJson } from '../format-json.ts';
import { auditPage as renderAuditPage } from '../pages/audit-page.ts';

/** Lines read at a time for a file. */
const BATCH = 500;
const PAGE_LIMIT = 100;

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

export const listAudit: Handler<typeof operation, 'admin'> = async ({ values, auditLines, nowMs }) => {
  const { from, to, limit, format } = values;
  const query: AuditQuery = {
    ...toQuery(values),
    from: from === undefined ? undefined : resolveMoment(from, nowMs),
    to: to === undefined ? undefined : resolveMoment(to, nowMs),
    limit,
  };
  if (format === undefined) {
    const { records, next } = await auditLines.listAudit(query);
    return { items: records.map(toAuditItem), next: next === null ? null : String(next) };
  }
  const batches = readBatches(auditLines, { ...query, limit: BATCH });
  // The first one is read before the answer begins, so that an error still has a status of its own.
  const first = await batches.next();
  const lines = follow(first, batches);
  return new TextAnswer(Readable.from(format === 'csv' ? toCsv(lines) : toJson(lines)), {
    mediaType: format === 'csv' ? 'text/csv' : 'application/json',
    headers: {
      'content-disposition': `attachment; filename="umbel-audit-${toTimeText(nowMs).slice(0, 10)}.${format}"`,
      'x-row-cap': String(EXPORT_MAX),
    },
  });
};

function toQuery({
  who,
  action,
  target,
  outcome,
  q,
  cursor,
}: Pick<
  ApiRequest<typeof operation>['values'],
  'who' | 'action' | 'target' | 'outcome' | 'q' | 'cursor'
>): Omit<AuditQuery, 'limit'> {
  return { who, action, target, outcome, text: q, before: cursor === undefined ? undefined : Number(cursor) };
}

export function toAuditItem(record: AuditRecord): AuditItem {
  return {
    seq: record.seq,
    at: toTimeText(record.at),
    who: record.who,
    via: record.via,
    token: record.token,
    address: record.address,
    action: record.action,
    target: record.target,
    params: { ...record.params },
    outcome: record.outcome,
    status: record.status,
    detail: record.detail,
    replies: record.replies,
    took_ms: record.tookMs,
    hash: record.hash,
  };
}

interface Batch {
  readonly items: readonly AuditItem[];
  readonly next: string | null;
}

async function* readBatches(
  auditLines: ApiRequest<unknown>['auditLines'],
  query: AuditQuery,
): AsyncGenerator<Batch, undefined> {
  let before = query.before;
  for (let left = EXPORT_MAX; left > 0; ) {
    const { records, next } = await auditLines.listAudit({
      ...query,
      before,
      limit: Math.min(query.limit, left),
    });
    yield { items: records.map(toAuditItem), next: next === null ? null : String(next) };
    if (next === null) return;
    before = next;
    left -= records.length;
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
  yield stringify([COLUMNS]);
  for await (const { items } of batches) {
    yield stringify(
      items.map((item) => COLUMNS.map((column) => toCell(item[column]))),
      { escape_formulas: true },
    );
  }
}

function toCell(value: unknown): string | number {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' || typeof value === 'number' ? value : formatJson(value);
}

async function* toJson(batches: AsyncIterable<Batch>): AsyncGenerator<string> {
  let separator = '{"items":[\n';
  let last: string | null = null;
  for await (const { items, next } of batches) {
    for (const item of items) {
      yield `${separator}${formatJson(item)}`;
      separator = ',\n';
    }
    last = next;
  }
  yield `${separator === ',\n' ? '' : separator}\n],"next":${JSON.stringify(last)}}\n`;
}

export const auditPage: Handler<typeof pages.auditPage, 'admin'> = async ({
  values,
  caller,
  auditLines,
  server,
  nowMs,
}) => {
  const from = readMoment(values.from, nowMs);
  const to = readMoment(values.to, nowMs);
  const problem = from === null ? 'From' : to === null ? 'To' : null;
  const { records, next } =
    from === null || to === null
      ? { records: [], next: null }
      : await auditLines.listAudit({ ...toQuery(values), from, to, limit: PAGE_LIMIT });
  const { who = '', action = '', target = '', outcome = '', q = '' } = values;
  return renderAuditPage({
    server,
    caller,
    filters: { who, action, target, outcome, from: values.from ?? '', to: values.to ?? '', q },
    items: records.map(toAuditItem),
    next: next === null ? null : String(next),
    problem:
      problem === null
        ? null
        : `${problem} must be a date such as 2026-01-31T14:30:00Z, or a span from now such as -1h or -90d.`,
  });
};

/** Undefined: not given; null: given and not readable. */
function readMoment(text: string | undefined, nowMs: number): number | undefined | null {
  if (text === undefined) return undefined;
  const moment = parseMoment(text);
  return moment === undefined ? null : resolveMoment(moment, nowMs);
}
