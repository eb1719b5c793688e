// Numbers that JavaScript cannot hold without changing them: 2**53+1, a hundred digits, 1e400, and the float 1.0, which
// is not the integer 1 in Python. They travel as JSON.rawJSON objects, which JSON.stringify writes digit for digit.
// Whoever needs to compute with such a value asks JSON.isRawJSON and reads `rawJSON`.

/** What `JSON.rawJSON` returns: the source text of one JSON number (an ECMAScript 2026 object, frozen). */
export interface RawJson {
  readonly rawJSON: string;
}

declare global {
  interface JSON {
    rawJSON(text: string): RawJson;
    isRawJSON(value: unknown): value is RawJson;
  }
}

/**
 * The number that `source` (valid JSON number text) stands for, or its raw text when printing the number again would
 * give another text.
 */
export function exactNumber(source: string): number | RawJson {
  const value = Number(source);
  return String(value) === source ? value : JSON.rawJSON(source);
}
