// Takes passwords out of URLs before anybody sees them, also out of URLs that cannot be parsed and out of running text.
// Hides rather too much than too little: everything up to the last `@` of a URL counts as its credentials.

const MASK = '***';

/** Query parameters whose value is a secret. `ssl_keyfile` and the like name a file and stay readable. */
const SECRET_PARAMETER = /(pass|pwd|secret|token|credential|auth|key(?!file))/i;

/** Where one more URL starts inside what may be a password: only after something that ends a URL in a list or a text. */
const NEXT_URL = /(?<![^\s;,"'`<>()[\]{}=|])[a-z][a-z0-9+.-]*:\/\//gi;

/** What ends a URL in running text. */
const TEXT_END = /[\s"'`<>]/g;

/** Nothing does. */
const NO_END = /(?!)/g;

/**
 * The URL, or `;`-separated list of URLs, with every password replaced by `***`: in the authority and in query
 * parameters. Text that is no URL at all is masked up to its last `@`.
 */
export function maskUrl(url: string): string {
  return url.includes('://') ? maskPieces(url, NO_END) : maskAfterScheme(url);
}

/** Any text with the passwords of all URLs in it replaced by `***`. */
export function maskUrls(text: string): string {
  return maskPieces(text, TEXT_END);
}

/** Whatever stands before it, `://` begins a URL, which goes on until `end` or the next URL. */
function maskPieces(text: string, end: RegExp): string {
  const nextUrl = finder(text, NEXT_URL);
  const nextEnd = finder(text, end);
  let masked = '';
  let at = 0;
  for (let mark = text.indexOf('://'); mark >= 0; mark = text.indexOf('://', at)) {
    const start = mark + '://'.length;
    const stop = Math.min(nextUrl(start), nextEnd(start));
    masked += text.slice(at, start) + maskAfterScheme(text.slice(start, stop));
    at = stop;
  }
  return masked + text.slice(at);
}

/** Finds the first match at or behind a place, for places that only move on: the whole text is searched once. */
function finder(text: string, pattern: RegExp): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      pattern.lastIndex = from;
      found = pattern.exec(text)?.index ?? text.length;
    }
    return found;
  };
}

/** `rest` is what follows `scheme://`. */
function maskAfterScheme(rest: string): string {
  const at = rest.lastIndexOf('@');
  if (at >= 0) return maskCredentials(rest.slice(0, at)) + maskParameters(rest.slice(at));
  // No `@`, yet something after the colon that is no port: a URL that was cut in the middle of its password.
  const cut = /^([^:/?#[\]]*:)(?!\d{0,5}(?:[/?#;,]|$)).+/s.exec(rest);
  return cut ? cut[1] + MASK : maskParameters(rest);
}

function maskCredentials(credentials: string): string {
  const colon = credentials.indexOf(':');
  if (colon >= 0) return credentials.slice(0, colon + 1) + MASK;
  return /[/?#]/.test(credentials) ? MASK : credentials;
}

function maskParameters(rest: string): string {
  return rest.replace(/([?&;])([^=&?;]+)=([^&;]*)/g, (whole, mark: string, name: string, value: string) =>
    value !== '' && SECRET_PARAMETER.test(name) ? `${mark}${name}=${MASK}` : whole,
  );
}
