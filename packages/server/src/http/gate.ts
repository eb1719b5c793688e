// Stands before every route: foreign names and sites (403), OPTIONS, who is asking (401), paths and methods that no
// route takes (404, 405). Runs before the body is read.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Permission } from '../auth/access.ts';
import { refuseCrossSite, refuseForeignName } from './cross-site.ts';
import { Refusal } from './errors.ts';
import type { Route } from './route.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { allowedMethods, refuseUnknown } from './unknown-path.ts';

export interface GateOptions {
  readonly access: Access;
  readonly routes: readonly Route[];
  readonly urlPrefix: string;
  /** When given, an open API is answered only under names of this machine and these. */
  readonly ownNames?: readonly string[];
}

/** The hook. @throws Refusal */
export function createGate({ access, routes, urlPrefix, ownNames }: GateOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    reply.headers(SECURITY_HEADERS);
    forgetIdleContentType(request.headers);
    if (access.open && ownNames !== undefined) refuseForeignName(request.headers.host, ownNames);
    refuseCrossSite(request.method, request.headers);

    const path = withoutQuery(request.url);
    const below = path.startsWith(`${urlPrefix}/`) ? path.slice(urlPrefix.length) : undefined;
    const allowed = request.is404 && below !== undefined ? allowedMethods(routes, below) : [];
    if (request.method === 'OPTIONS' && allowed.length > 0) {
      return reply.code(204).header('allow', allowed.join(', ')).send();
    }
    const needed: Permission = request.is404
      ? permissionOfUnknown(below)
      : (request.routeOptions.config.permission ?? 'view');
    if (needed !== 'open' && access.identify(request.headers.authorization) === null) {
      throw new Refusal(401, access.refusal, { headers: { 'www-authenticate': access.challenge } });
    }
    if (request.is404) throw refuseUnknown(request.method, path, allowed, `${urlPrefix}/api/docs`);
    return undefined;
  };
}

/** Some clients name a content type with every request; without a body it says nothing, so it cannot be wrong. */
function forgetIdleContentType(headers: FastifyRequest['headers']): void {
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') {
    delete headers['content-type'];
  }
}

/** What is in the API is not told to strangers, not even by a 404. */
function permissionOfUnknown(below: string | undefined): Permission {
  return below?.startsWith('/api/') === true ? 'view' : 'open';
}

/** A query may hold secrets, so it is neither logged nor repeated. */
export function withoutQuery(url: string): string {
  const mark = url.search(/[?#]/);
  return mark === -1 ? url : url.slice(0, mark);
}
