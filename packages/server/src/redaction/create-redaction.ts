// Redaction by names: what lies under `password`, `api_key` and the like is masked, everything else stays as it is.
import { formatPythonRepr, maskUrls, parsePythonRepr } from '@umbel/celery';
import { maskText } from './mask-text.ts';
import { maskValue } from './mask-value.ts';
import { createRecordRedaction } from './redact-records.ts';
import type { Redaction } from './redaction.ts';
import { createSecretNames } from './secret-names.ts';

/** Masking may leave a text in which more shows; it settles at once, or nearly. */
const MAX_PASSES = 4;

/** Without one of these no name stands before a value, and no URL holds a password. */
const MARKS = /[=:]|['"],/;

/** Rules as plain data, for threads. */
export interface RedactionRules {
  /** See createSecretNames for what a rule matches. */
  readonly names: readonly string[];
}

/**
 * Masks values under names that match one of the rules: entries of dicts and JSON objects, `name=value` in the reprs of objects,
 * pairs such as `('password', 'x')`, JSON and assignments inside strings, and passwords in URLs. A positional argument has no
 * name that anybody could know it by: it stays, unless a dict or an object holds the secret. Without names nothing is masked.
 */
export function createRedaction({ names }: RedactionRules): Redaction {
  if (names.every((name) => name.trim() === '')) return createRecordRedaction(UNCHANGED);
  const isSecret = createSecretNames(names);
  const masking = { isSecret, text };

  function text(given: string): string {
    let masked = given;
    for (let pass = 0; pass < MAX_PASSES && MARKS.test(masked); pass++) {
      const before = masked;
      masked = maskText(maskUrls(before), isSecret);
      if (masked === before) return masked;
    }
    return masked;
  }

  /** Judged by its value where it can be read, so that the text always says what the value does; else as any text. */
  function repr(given: string): string {
    if (!MARKS.test(given)) return given;
    const read = parsePythonRepr(given);
    if (!read.ok) {
      const masked = text(given);
      // What made it unreadable may be gone.
      return masked === given || !parsePythonRepr(masked).ok ? masked : repr(masked);
    }
    const wanted = maskValue(read.value, masking);
    if (Object.is(wanted, read.value)) return given;
    const masked = text(given);
    return means(masked, wanted) ? masked : formatPythonRepr(wanted, Infinity, Infinity);
  }

  return createRecordRedaction({
    repr,
    text,
    exception: text,
    value: (value) => maskValue(value, masking),
  });
}

const UNCHANGED = {
  repr: (text: string) => text,
  value: (value: unknown) => value,
  text: (text: string) => text,
  exception: (text: string) => text,
};

function means(text: string, value: unknown): boolean {
  const read = parsePythonRepr(text);
  return read.ok && JSON.stringify(read.value) === JSON.stringify(value);
}
