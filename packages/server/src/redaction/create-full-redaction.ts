// Redaction for whoever may not see payloads: every value is hidden, its shape stays.
import { formatPythonRepr, parsePythonRepr } from '@umbel/celery';
import { MAX_LEVELS } from './mask-value.ts';
import { createRecordRedaction } from './redact-records.ts';
import { HIDDEN, type Redaction } from './redaction.ts';

const MAX_CLASS_CHARS = 200;
/** In a repr anything that is called; before a colon, where a message may stand as well, only what is written as a class. */
const CLASS_NAME = /^(?:[A-Za-z_][\w.]*(?=\()|(?:[a-z_]\w*\.)*[A-Z]\w*(?=:))/;

/**
 * Numbers, texts, words and null become `***`; keys and the lengths of lists stay. A repr that cannot be read is `***` whole, an
 * exception keeps the name of its class: `ValueError(***)`. A tuple becomes a list, as it is in the API.
 */
export function createFullRedaction(): Redaction {
  return createRecordRedaction({
    repr(text) {
      const read = parsePythonRepr(text);
      return read.ok ? formatPythonRepr(hideValue(read.value, MAX_LEVELS), Infinity, Infinity) : HIDDEN;
    },
    value: (value) => hideValue(value, MAX_LEVELS),
    text: () => HIDDEN,
    exception(text) {
      const name = CLASS_NAME.exec(text.slice(0, MAX_CLASS_CHARS))?.[0];
      return name === undefined ? HIDDEN : `${name}(${HIDDEN})`;
    },
  });
}

function hideValue(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value) || levels === 0) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => hideValue(item, levels - 1));
  // fromEntries defines own keys, so that a key `__proto__` stays an ordinary one.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, hideValue(item, levels - 1)]),
  );
}
