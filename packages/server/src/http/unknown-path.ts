// Requests that no route takes: 405 with `Allow` where the path exists under other methods, an answer to OPTIONS,
// and otherwise 404.
import { Refusal } from './errors.ts';
import type { Route } from './route.ts';

/** Methods of the routes that match the path (without prefix and query); HEAD comes with GET. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const methods = routes
    .filter((route) =>
      route.path.endsWith('*') ? path.startsWith(route.path.slice(0, -1)) : path === route.path,
    )
    .flatMap((route) => (hasHead(route) ? ['GET', 'HEAD'] : [route.method]));
  return methods.length === 0 ? [] : [...new Set(methods), 'OPTIONS'];
}

/** A link is often looked at by HEAD before somebody follows it: one that changes something must not be used up so. */
export function hasHead({ method, operation }: Route): boolean {
  return method === 'GET' && operation.action === undefined;
}

/** The refusal for a method and path that no route takes. `docs` is where the routes are listed. */
export function refuseUnknown(
  method: string,
  path: string,
  allowed: readonly string[],
  docs: string,
): Refusal {
  if (allowed.length > 0) {
    const allow = allowed.join(', ');
    return new Refusal(405, `${method} is not a method of ${shorten(path)}; it knows ${allow}.`, {
      headers: { allow },
    });
  }
  return new Refusal(404, `There is nothing at ${shorten(path)}; ${docs} lists what there is.`);
}

/** A query may hold secrets, so it is neither logged nor repeated. */
export function withoutQuery(url: string): string {
  const mark = url.search(/[?#]/);
  return mark === -1 ? url : url.slice(0, mark);
}

function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
