// The operation that reads the audit trail, page by page or as one file.
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { choice, patternText, text, wholeNumber, withDefault } from './parameter-kinds.ts';
import { moment, TimeText, toTimeText } from './v1-moment.ts';

/** Most lines of one export; `next` and `cursor` lead on. */
export const EXPORT_MAX = 50_000;

const maybeText = (description: string) => nullable(Type.String(), { description });

export const AuditItem = Type.Object({
  seq: Type.Integer({ description: 'Without gaps.' }),
  at: TimeText,
  who: maybeText('Name, or what somebody unknown claimed to be.'),
  via: maybeText('How they had signed in.'),
  token: maybeText('Name of the API token or key.'),
  address: maybeText('Where the request came from.'),
  action: Type.String(),
  target: maybeText('What it was done to.'),
  params: Type.Record(Type.String(), Type.Unknown(), { description: 'What was asked for, redacted.' }),
  outcome: Type.Union([Type.Literal('done'), Type.Literal('refused'), Type.Literal('failed')], {
    description: 'refused: Umbel did not try. failed: it did not work.',
  }),
  status: Type.Integer({ description: 'HTTP status of the answer.' }),
  detail: maybeText('One sentence.'),
  replies: Type.Unknown({ description: 'What workers answered; null where none was asked.' }),
  took_ms: Type.Integer(),
  hash: Type.String({ description: 'Seals this line and, through it, all before.' }),
});
export type AuditItem = Static<typeof AuditItem>;

/** A line as the ledger has it. */
type KeptLine = Omit<AuditItem, 'at' | 'took_ms' | 'params'> & {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tookMs: number;
  readonly params: Readonly<Record<string, unknown>>;
};

export function toAuditItem(line: KeptLine): AuditItem {
  return {
    seq: line.seq,
    at: toTimeText(line.at),
    who: line.who,
    via: line.via,
    token: line.token,
    address: line.address,
    action: line.action,
    target: line.target,
    params: { ...line.params },
    outcome: line.outcome,
    status: line.status,
    detail: line.detail,
    replies: line.replies,
    took_ms: line.tookMs,
    hash: line.hash,
  };
}

/** Of the operation and of the page. */
export const AUDIT_FILTERS = {
  who: text('Name, exactly.', { maxChars: 256 }),
  action: text('Exactly, or the part before a dot: `task` finds `task.revoke`.', { maxChars: 100 }),
  target: text('Exactly.'),
  outcome: choice('What came of it.', ['done', 'refused', 'failed']),
  q: text('Occurs in who, action, target, params, detail or address.', { maxChars: 200 }),
  cursor: patternText('`next` of the page before.', /^[1-9]\d{0,14}$/, 'the `next` of a page'),
} as const;

export const listAudit = operation({
  id: 'listAudit',
  tag: 'Access',
  summary: 'Who changed what',
  description: `Newest first. With \`format\` everything that matches comes as one file, up to ${EXPORT_MAX} lines, which \`X-Row-Cap\` says too. Cells of a CSV file that a spreadsheet would take for a formula begin with an apostrophe.`,
  parameters: {
    ...AUDIT_FILTERS,
    from: moment('Not before.'),
    to: moment('Not after.'),
    limit: withDefault(wholeNumber('Lines of a page.', { min: 1, max: 500 }), 100),
    format: choice('One file instead of a page.', ['json', 'csv']),
  },
  reply: Type.Object({
    items: Type.Array(AuditItem),
    next: nullable(Type.String(), { description: 'The `cursor` of the next page; null at the end.' }),
  }),
  replyDescription: 'One page, or with `format` a file.',
  otherMediaTypes: ['text/csv'],
  errors: [400, 503],
});
