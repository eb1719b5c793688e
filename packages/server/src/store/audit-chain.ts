// The seals of the audit trail. A line's seal is the SHA-256 of its number, everything in it, and the seal of the line before it:
// whoever changes, removes, adds or swaps a line would have to make all seals after it anew, and none of them would be the
// one that a log, kept elsewhere, has said. What is sealed is the JSON text that is kept, so that reading it back can change nothing. Pure.
import { hash } from 'node:crypto';
import { exactNumber } from '@umbel/celery';
import type { AuditEntry, AuditRecord } from './ledger.ts';

/** Where a line stands, and its seal in hex. */
export interface AuditLink {
  readonly seq: number;
  readonly hash: string;
}

/** What the first line follows: SHA-256 of "Umbel audit trail 1". The ledger's first migration has it too. */
export const GENESIS: AuditLink = {
  seq: 0,
  hash: 'dc7fedec7ceb469f762ad322dd18d528e94e56bf3244ef99d34a6a74b29667b3',
};

/** An entry as it is kept and sealed: with JSON as text. */
export interface AuditLine extends Omit<AuditEntry, 'params' | 'replies'> {
  readonly params: string;
  readonly replies: string | null;
}

/** Lone surrogates, which no database keeps, become U+FFFD before they are sealed. */
export function lineOf(entry: AuditEntry): AuditLine {
  const wellFormed = (text: string | null) => text?.toWellFormed() ?? null;
  return {
    at: entry.at,
    who: wellFormed(entry.who),
    subject: wellFormed(entry.subject),
    via: wellFormed(entry.via),
    token: wellFormed(entry.token),
    address: wellFormed(entry.address),
    action: entry.action.toWellFormed(),
    target: wellFormed(entry.target),
    // JSON.stringify writes lone surrogates as escapes.
    params: JSON.stringify(entry.params),
    outcome: entry.outcome,
    status: entry.status,
    detail: wellFormed(entry.detail),
    replies: entry.replies === null || entry.replies === undefined ? null : JSON.stringify(entry.replies),
    tookMs: entry.tookMs,
  };
}

/** Back to values; numbers print as they were written. */
export function recordOf({ params, replies, ...line }: AuditLine & AuditLink): AuditRecord {
  return {
    ...line,
    params: parseExactly(params) as Record<string, unknown>,
    replies: replies === null ? null : parseExactly(replies),
  };
}

/** What was sealed is JSON; a text that somebody has changed since may be anything, and is shown as it is. */
function parseExactly(text: string): unknown {
  try {
    return JSON.parse(text, exactNumbers) as unknown;
  } catch {
    return { 'not JSON': text };
  }
}

/** TypeScript's own description lacks the third argument: the text that the value was read from. */
function exactNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined ? exactNumber(source) : value;
}

/** The link that `line` becomes after `previous`. */
export function sealAfter(previous: AuditLink, line: AuditLine): AuditLink {
  const seq = previous.seq + 1;
  return { seq, hash: hash('sha256', canonicalText(previous.hash, seq, line)) };
}

/** One text for each content: a JSON list of plain values in a fixed order. */
function canonicalText(previousHash: string, seq: number, line: AuditLine): string {
  return JSON.stringify([
    previousHash,
    seq,
    line.at,
    line.who,
    line.subject,
    line.via,
    line.token,
    line.address,
    line.action,
    line.target,
    line.params,
    line.outcome,
    line.status,
    line.detail,
    line.replies,
    line.tookMs,
  ]);
}
