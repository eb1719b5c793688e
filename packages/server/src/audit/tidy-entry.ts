// An entry as it may be kept and logged: redacted, of bounded size, and in its names nothing that could move a terminal's cursor or
// forge a line of its own. Pure.
import type { Redaction } from '../redaction/redaction.ts';
import type { AuditEntry } from '../store/ledger.ts';

/** Of names and addresses, UTF-16 code units. */
const MAX_NAME_CHARS = 500;
const MAX_DETAIL_CHARS = 1_000;
/** Of JSON texts, bytes. */
export const MAX_PARAMS_BYTES = 4_096;
export const MAX_REPLIES_BYTES = 16_384;

/** Control characters, line ends of Unicode, and what turns the direction of a text. */
const INVISIBLE = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;

/**
 * Params and replies that are too large become `{cut: "…"}` with the beginning of their JSON text, and names end with `…`.
 * Tidying twice is tidying once, unless something is cut.
 */
export function tidyEntry(entry: AuditEntry, redaction: Redaction): AuditEntry {
  const name = (text: string | null) => (text === null ? null : visible(text, MAX_NAME_CHARS));
  return {
    at: entry.at,
    who: name(entry.who),
    subject: name(entry.subject),
    via: name(entry.via),
    token: name(entry.token),
    address: name(entry.address),
    action: visible(entry.action, MAX_NAME_CHARS),
    target: name(entry.target === null ? null : redaction.text(entry.target)),
    params: bounded(redaction.value(entry.params), MAX_PARAMS_BYTES) as Readonly<Record<string, unknown>>,
    outcome: entry.outcome,
    status: entry.status,
    detail: entry.detail === null ? null : visible(redaction.text(entry.detail), MAX_DETAIL_CHARS),
    replies: bounded(redaction.value(entry.replies), MAX_REPLIES_BYTES),
    tookMs: entry.tookMs,
  };
}

function visible(text: string, maxChars: number): string {
  const kept = text.length > maxChars ? `${text.slice(0, maxChars - 1).toWellFormed()}…` : text;
  return kept.replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function bounded(value: unknown, maxBytes: number): unknown {
  if (value === null || value === undefined) return null;
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) <= maxBytes) return value;
  // As a text its quotes are escaped, and characters beyond ASCII take up to three bytes.
  return { cut: json.slice(0, Math.floor(maxBytes / 3)).toWellFormed() };
}
