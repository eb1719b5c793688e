// Reads what one worker answered to one command. The shapes differ by command and by age: `{ok: text}`, `{error: text}`,
// null, or bare data, and only the command tells a datum named "ok" from an outcome. Source: celery/worker/control.py.

/** A worker's answer. `message` is for people; `value` is the data, or the text of `{ok: text}`, or null. */
export type Answer =
  | { readonly outcome: 'ok'; readonly message: string; readonly value: unknown }
  | { readonly outcome: 'error'; readonly message: string };

/** Longest text kept of a worker's error or ok: a traceback's worth, not a body. */
const MAX_MESSAGE_CHARS = 4_000;

/** Inspect commands that answer bare data, under both of their names. A key `ok` in it is data. */
const BARE_DATA: ReadonlySet<string> = new Set(
  (
    'clock conf dump_conf stats active dump_active reserved dump_reserved scheduled dump_schedule query_task ' +
    'revoked dump_revoked registered dump_tasks active_queues memsample memdump'
  ).split(' '),
);

/**
 * Interprets a raw reply to `method`. Never throws: any value that parseKombuJson gives is an answer.
 * An error's message is what the worker said: a sentence, or a Python repr such as `KeyError('nosuch')`.
 */
export function interpretReply(method: string, raw: unknown): Answer {
  const error = onlyEntry(raw, 'error');
  if (error !== undefined && !(BARE_DATA.has(method) && typeof error.value !== 'string')) {
    return { outcome: 'error', message: toText(error.value) };
  }
  if (BARE_DATA.has(method)) return { outcome: 'ok', message: '', value: raw };
  const ok = onlyEntry(raw, 'ok');
  if (ok !== undefined) return { outcome: 'ok', message: toText(ok.value), value: ok.value };
  // heartbeat answers null; commands of the user's own answer anything.
  return { outcome: 'ok', message: typeof raw === 'string' ? toText(raw) : '', value: raw ?? null };
}

/** The value under `key` when it is the object's only key. */
function onlyEntry(raw: unknown, key: string): { readonly value: unknown } | undefined {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return undefined;
  const entries = Object.entries(raw);
  return entries.length === 1 && entries[0]?.[0] === key ? { value: entries[0][1] } : undefined;
}

function toText(value: unknown): string {
  // Not stringifyKombuJson: what a worker says may be nested deeper than what may be said to a worker.
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS)}…` : text;
}
