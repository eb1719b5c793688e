// Where a browser goes when a sign-in is done: the page it came from when that is one of ours, else the main page.
import { ownPath } from '../../auth/providers/own-path.ts';

const MAX_CHARS = 2_048;
/** Signing in must not lead to signing in, nor to signing out. */
const NOT_A_LANDING = /^\/(?:login|logout)(?:[/?]|$)/;

/**
 * The path with its query, or the main page. Besides what `ownPath` refuses, a path must mean the same to servers on the way
 * that decode it once or twice.
 * @param next as the request names it
 */
export function landingPath(next: string | undefined, urlPrefix: string): string {
  const main = `${urlPrefix}/`;
  if (next === undefined || next.length > MAX_CHARS) return main;
  const own = ownPath(next, urlPrefix);
  if (own === null || NOT_A_LANDING.test(own.slice(urlPrefix.length))) return main;
  return [next, own].every((path) => isPlain(path)) ? own : main;
}

function isPlain(path: string): boolean {
  let text = path.split(/[?#]/, 1)[0] ?? '';
  for (let round = 0; round < 3; round++) {
    if (text.startsWith('//') || /[\\\p{Cc}]/u.test(text)) return false;
    // Some servers cut a segment at `;` before they look for dots.
    if (text.split('/').some((segment) => /^\.\.?(?:;.*)?$/.test(segment))) return false;
    const decoded = decode(text);
    if (decoded === null) return false;
    text = decoded;
  }
  return true;
}

/** A percent sign that stands for itself after the first round is no error: `100%25` ▶ `100%`. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return /%(?![0-9a-f]{2})/i.test(text) ? text : null;
  }
}
