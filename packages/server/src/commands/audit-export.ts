// `umbel audit export`: the audit trail as CSV or JSON, the newest line first, as GET /api/v1/audit has it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXPORT_FORMATS, exportAudit } from '../audit/export-audit.ts';
import { ConfigError } from '../config/config-error.ts';
import { parseMoment, resolveMoment } from '../contract/v1-moment.ts';
import { type Command, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';

export const auditExport: Command = {
  name: 'audit export',
  summary: 'Writes the audit trail, the newest line first.',
  words: [],
  options: {
    format: { placeholder: EXPORT_FORMATS.join('|'), help: 'As what.', required: true },
    from: {
      placeholder: 'TIME',
      help: 'Only lines since then: a date such as 2026-01-31T14:30:00Z, or a span from now, as in --from=-7d.',
    },
    to: { placeholder: 'TIME', help: 'Only lines up to then.' },
  },
  serverOptions: LEDGER_OPTIONS,
  async run(given, terminal) {
    const format = EXPORT_FORMATS.find((word) => word === given.one('format'));
    if (format === undefined) throw new ConfigError(`--format needs one of ${EXPORT_FORMATS.join(', ')}.`);
    const now = Date.now();
    const [from, to] = ['from', 'to'].map((name) => readTime(name, given.one(name), now));
    await using ledger = await openCommandLedger(given.config(), terminal, { create: false });
    const file = await exportAudit(ledger, { from, to, limit: Infinity }, format);
    await pipeline(Readable.from(file), terminal.stdout, { end: false });
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
