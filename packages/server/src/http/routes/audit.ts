// Handlers of the audit trail: /api/v1/audit and the page /audit.
import { Readable } from 'node:stream';
import { exportAudit } from '../../audit/export-audit.ts';
import type * as pages from '../../contract/pages.ts';
import { EXPORT_MAX, type listAudit as operation, toAuditItem } from '../../contract/v1-audit.ts';
import { parseMoment, resolveMoment, toTimeText } from '../../contract/v1-moment.ts';
import type { AuditQuery } from '../../store/ledger.ts';
import { type ApiRequest, type Handler, TextAnswer } from '../api-request.ts';
import { auditPage as renderAuditPage } from '../pages/audit-page.ts';

const PAGE_LIMIT = 100;

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
  const file = await exportAudit(auditLines, { ...query, limit: EXPORT_MAX }, format);
  return new TextAnswer(Readable.from(file), {
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
