// Reads JSON that clients send, without losing a digit: a number that JavaScript cannot hold becomes a JSON.rawJSON
// value. Strict JSON, unlike kombu's dialect: nothing that a worker would read as another type is let through.
import { CeleryError, exactNumber, parseKombuJson } from '@umbel/celery';
import { InvalidRequest } from './parameter.ts';

/** Deepest nesting accepted; far beyond any argument seen, far below where a worker's own JSON reader gives up. */
const MAX_NESTING = 200;

/** Most bodies have no number that JavaScript would write otherwise, and are read several times faster without a reviver. */
const MAYBE_INEXACT = /\d[.eE]|\d{16}|-0/;

/**
 * @param what names the text in errors: `The body`, `args`
 * @throws InvalidRequest naming the place
 */
export function parseExactJson(text: string, what: string): unknown {
  refuseDeepNesting(text, what);
  try {
    return (MAYBE_INEXACT.test(text) ? JSON.parse(text, exactNumbers) : JSON.parse(text)) as unknown;
  } catch {
    throw new InvalidRequest(`${what} is not valid JSON: ${whereItBreaks(text)}`);
  }
}

/** TypeScript's own description lacks the third argument: the text that the value was read from. */
function exactNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined ? exactNumber(source) : value;
}

function refuseDeepNesting(text: string, what: string): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character === 0x5c) at += 1;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) {
      inString = true;
    } else if (character === 0x5b || character === 0x7b) {
      depth += 1;
      if (depth > MAX_NESTING)
        throw new InvalidRequest(`${what} is nested more than ${MAX_NESTING} levels deep.`);
    } else if (character === 0x5d || character === 0x7d) {
      depth -= 1;
    }
  }
}

/** The kombu reader always knows the place, which JSON.parse tells only sometimes. It also takes NaN and Infinity. */
function whereItBreaks(text: string): string {
  try {
    parseKombuJson(text);
  } catch (error) {
    if (error instanceof CeleryError) return error.message;
    throw error;
  }
  return 'NaN and Infinity are not part of JSON.';
}
