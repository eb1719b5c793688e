// Where a browser may be sent after a sign-in: to a path of this server and nowhere else. Pure.

/** Stands for this server wherever it is. */
const HERE = 'http://umbel.invalid';

/**
 * A path of this server as a browser will understand it, with its query; null when it would lead anywhere else.
 * Browsers take `\` for `/`, drop tabs and line ends, and resolve dots: so the text is read as they read it, and what came
 * out is looked at once more.
 * @param urlPrefix path below which this server is, without a slash at its end; empty: the root
 */
export function ownPath(next: string, urlPrefix: string): string | null {
  if (!next.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return null;
  const url = URL.parse(next, HERE);
  if (url === null || url.origin !== HERE || url.pathname.startsWith('//')) return null;
  if (urlPrefix !== '' && url.pathname !== urlPrefix && !url.pathname.startsWith(`${urlPrefix}/`))
    return null;
  return `${url.pathname}${url.search}`;
}
