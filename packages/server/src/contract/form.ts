// Reads `name=value&name=value`, the format of query strings and of forms, strictly: what is not UTF-8 is refused
// rather than changed. Format: WHATWG URL, application/x-www-form-urlencoded.
import { InvalidRequest, quote } from './parameter.ts';

const MAX_PAIRS = 1_000;

/**
 * The last value of every name.
 * @throws InvalidRequest when the percent-encoding is broken or there are more than 1,000 pairs
 */
export function parseForm(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const pairs = text.split('&', MAX_PAIRS + 1);
  if (pairs.length > MAX_PAIRS) throw new InvalidRequest(`There are more than ${MAX_PAIRS} parameters.`);
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    values.set(name, equals === -1 ? '' : decode(pair.slice(equals + 1)));
  }
  return values;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new InvalidRequest(`${quote(text)} is not percent-encoded UTF-8.`);
  }
}
