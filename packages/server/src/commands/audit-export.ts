// `umbel audit export`: the audit trail as CSV or JSON, the newest line first, as GET /api/v1/audit has it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatCsv } from '../audit/format-csv.ts';
import { ConfigError } from '../config/config-error.ts';
import { parseMoment, resolveMoment, toTimeText } from '../contract/v1-moment.ts';
import type { AuditRecord, AuditStore } from '../store/ledger.ts';
import { type Command, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';

/** Lines read at a time. */
const BATCH = 500;
const FORMATS = ['csv', 'json'] as const;

export const auditExport: Command = {
  name: 'audit export',
  summary: 'Writes the audit trail, the newest line first.',
  words: [],
  options: {
    format: { placeholder: FORMATS.join('|'), help: 'As what.', required: true },
    from: {
      placeholder: 'TIME',
      help: 'Only lines since then: a date such as 2026-01-31T14:30:00Z, or a span from now, as in --from=-7d.',
    },
    to: { placeholder: 'TIME', help: 'Only lines up to then.' },
  },
  serverOptions: LEDGER_OPTIONS,
  async run(given, terminal) {
    const format = FORMATS.find((word) => word === given.one('format'));
    if (format === undefined) throw new ConfigError(`--format needs one of ${FORMATS.join(', ')}.`);
    const now = Date.now();
    const [from, to] = ['from', 'to'].map((name) => readTime(name, given.one(name), now));
    await using ledger = await openCommandLedger(given.config(), terminal, { create: false });
    const batches = readBatches(ledger, { from, to });
    const text = format === 'csv' ? toCsv(batches) : toJson(batches);
    await pipeline(Readable.from(text), terminal.stdout, { end: false });
    return 0;
  },
};

function readTime(name: string, text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const moment = parseMoment(text);
  if (moment === undefined)
    throw new ConfigError(
      `--${name} needs a date such as 2026-01-31T14:30:00Z, or a span from now such as -7d.`,
    );
  return resolveMoment(moment, now);
}

async function* readBatches(
  ledger: Pick<AuditStore, 'listAudit'>,
  span: { readonly from: number | undefined; readonly to: number | undefined },
): AsyncGenerator<readonly AuditRecord[]> {
  let before: number | undefined;
  do {
    const { records, next } = await ledger.listAudit({ ...span, before, limit: BATCH });
    yield records;
    before = next ?? undefined;
  } while (before !== undefined);
}

async function* toCsv(batches: AsyncIterable<readonly AuditRecord[]>): AsyncGenerator<string> {
  let header = true;
  for await (const records of batches) {
    yield formatCsv(records, { header });
    header = false;
  }
}

async function* toJson(batches: AsyncIterable<readonly AuditRecord[]>): AsyncGenerator<string> {
  let separator = '';
  yield '{"items":[';
  for await (const records of batches) {
    for (const { at, tookMs, subject: _subject, ...record } of records) {
      yield `${separator}\n${JSON.stringify({ at: toTimeText(at), ...record, took_ms: tookMs })}`;
      separator = ',';
    }
  }
  yield '\n],"next":null}\n';
}
