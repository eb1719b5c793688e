// Lists of the audit trail, newest first. A filter that few lines meet makes PostgreSQL walk far, so a list is made of several questions,
// each over a bounded span of numbers: none of them meets its deadline, however long the trail is.
import type { ClientBase } from 'pg';
import { recordOf } from '../../audit-chain.ts';
import type { SealedLine } from '../../audit-walk.ts';
import type { AuditQuery, AuditRecord } from '../../ledger.ts';
import { PAGE_CHARS } from '../../store.ts';
import { bind, joined, type Sql, sql, written } from '../sql.ts';
import { AUDIT_COLUMNS, lineOfRow, readAuditEnds } from './audit.ts';
import { keptText } from './kept-text.ts';

/** Lines that a question walks over at most. */
const SPAN = 50_000;

/** Numbers of lines, both inclusive. */
interface Span {
  readonly lowest: number;
  readonly highest: number;
}

/** Inside a read transaction. */
export async function listAudit(
  client: ClientBase,
  query: AuditQuery,
): Promise<{ records: AuditRecord[]; next: number | null }> {
  const { lowest, highest } = await spanOf(client, query);
  // One more than the page holds, to know whether there is another page.
  const wanted = query.limit + 1;
  const records: AuditRecord[] = [];
  let bytes = 0;
  for (let top = highest; top >= lowest && records.length < wanted && bytes <= PAGE_CHARS; top -= SPAN) {
    const span = { lowest: Math.max(lowest, top - SPAN + 1), highest: top };
    const found = await linesIn(client, query, {
      span,
      limit: wanted - records.length,
      bytes: PAGE_CHARS - bytes,
    });
    records.push(...found.lines.map(recordOf));
    bytes += found.bytes;
  }
  const page = records.slice(0, query.limit);
  const endsEarly = bytes > PAGE_CHARS && (records.at(-1)?.seq ?? lowest) > lowest;
  const isLast = records.length <= query.limit && !endsEarly;
  return { records: page, next: isLast ? null : (page.at(-1)?.seq ?? null) };
}

/** All numbers that may match; none when `lowest` is above `highest`. */
async function spanOf(client: ClientBase, { from, to, before }: AuditQuery): Promise<Span> {
  const ends = await readAuditEnds(client);
  let lowest = ends === null ? 1 : ends.anchor.seq + 1;
  let highest = Math.min(ends?.head.seq ?? Infinity, (before ?? Infinity) - 1);
  if (ends === null || from !== undefined || to !== undefined) {
    // Lines are not quite in the order of their times: some are written late.
    const { rows } = await client.query<{ lowest: number | null; highest: number | null }>(
      'SELECT min(seq) AS lowest, max(seq) AS highest FROM audit_lines WHERE at BETWEEN $1 AND $2',
      [from ?? -Infinity, to ?? Infinity],
    );
    lowest = Math.max(lowest, rows[0]?.lowest ?? Infinity);
    highest = Math.min(highest, rows[0]?.highest ?? -Infinity);
  }
  return { lowest, highest };
}

/** The newest lines in the span, at most `limit`, and no more than one behind the first that makes them longer than `bytes`. */
async function linesIn(
  client: ClientBase,
  query: AuditQuery,
  { span, limit, bytes }: { readonly span: Span; readonly limit: number; readonly bytes: number },
): Promise<{ lines: SealedLine[]; bytes: number }> {
  const inSpan = sql`seq BETWEEN ${bind(span.lowest, 'bigint')} AND ${bind(span.highest, 'bigint')}`;
  const where = joined([inSpan, ...conditionsOf(query)], ' AND ');
  const select = written(
    sql`SELECT * FROM (
          SELECT *, sum(size) OVER (ORDER BY seq DESC ROWS UNBOUNDED PRECEDING)::float8 AS "sizeSoFar" FROM (
            SELECT ${AUDIT_COLUMNS}, octet_length(params) + coalesce(octet_length(replies), 0) AS size
            FROM audit_lines WHERE ${where} ORDER BY seq DESC LIMIT ${bind(limit, 'int')}) AS found) AS sized
        WHERE "sizeSoFar" - size <= ${bind(bytes, 'float8')} ORDER BY seq DESC`,
  );
  const { rows } = await client.query<SealedLine & { readonly sizeSoFar: number }>(
    select.text,
    select.values,
  );
  return { lines: rows.map(lineOfRow), bytes: rows.at(-1)?.sizeSoFar ?? 0 };
}

function conditionsOf({ who, action, target, outcome, from, to, text }: AuditQuery): Sql[] {
  const conditions: Sql[] = [];
  const same = (column: string, wanted: string | undefined): void => {
    if (wanted === undefined) return;
    const value = bind(keptText(wanted), 'text');
    // As the indexes have it.
    conditions.push(sql`left(${column}, 100) = left(${value}, 100) AND ${column} = ${value}`);
  };
  same('who', who);
  same('target', target);
  if (outcome !== undefined) conditions.push(sql`outcome = ${bind(outcome, 'text')}`);
  if (action !== undefined) {
    const value = bind(keptText(action), 'text');
    const below = bind(keptText(`${action}.`), 'text');
    conditions.push(sql`(action = ${value} OR starts_with(action, ${below}))`);
  }
  if (from !== undefined) conditions.push(sql`at >= ${bind(from, 'float8')}`);
  if (to !== undefined) conditions.push(sql`at <= ${bind(to, 'float8')}`);
  if (text !== undefined) {
    const wanted = sql`lower(${bind(keptText(text), 'text')} COLLATE "C")`;
    const columns = ['who', 'action', 'target', 'params', 'detail', 'address'];
    // By the rules of "C", lower() knows ASCII only, which is what is promised.
    const found = columns.map((column) => sql`strpos(lower(${column}), ${wanted}) > 0`);
    conditions.push(sql`(${joined(found, ' OR ')})`);
  }
  return conditions;
}
