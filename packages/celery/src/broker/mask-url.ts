// Takes passwords out of URLs before anybody sees them, also out of URLs that cannot be parsed and out of running text.
// Hides rather too much than too little: everything up to the last `@` of a URL counts as its credentials.

const MASK = '***';

/** Query parameters whose value is a secret. `ssl_keyfile` and the like name a file and stay readable. */
const SECRET_PARAMETER = /(pass|pwd|secret|token|credential|auth|key(?!file))/i;

/** Where a URL starts: at the beginning of the text or after something that cannot be inside a password. */
const URL_START = /(?<![^\s;,"'`<>()[\]{}=|])[a-z][a-z0-9+.-]*:\/\//gi;

/** What ends a URL in running text. */
const TEXT_END = /[\s"'`<>]/;

/**
 * The URL, or `;`-separated list of URLs, with every password replaced by `***`: in the authority and in query
 * parameters. Text that is no URL at all is masked up to its last `@`.
 */
export function maskUrl(url: string): string {
  if (!url.includes('://')) return maskAfterScheme(url);
  return maskPieces(url, /$^/);
}

/** Any text with the passwords of all URLs in it replaced by `***`. */
export function maskUrls(text: string): string {
  return text.includes('://') ? maskPieces(text, TEXT_END) : text;
}

function maskPieces(text: string, end: RegExp): string {
  const starts = [...text.matchAll(URL_START)];
  const first = starts[0];
  if (first === undefined) return text;
  let masked = text.slice(0, first.index);
  for (const [i, start] of starts.entries()) {
    const bodyStart = start.index + start[0].length;
    const piece = text.slice(bodyStart, starts[i + 1]?.index);
    const length = piece.search(end);
    const url = length < 0 ? piece : piece.slice(0, length);
    masked += start[0] + maskAfterScheme(url) + piece.slice(url.length);
  }
  return masked;
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
