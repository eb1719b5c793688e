// Stands before every route, behind the door: OPTIONS, who is asking (401, 429, 503), whether they have the right (403), the
// token of a session (403), paths and methods that no route takes (404, 405). Runs before the body is read.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import type { Authenticator, Caller, NotSignedIn } from '../auth/authenticator.ts';
import { CHANGING_RIGHTS } from '../auth/rights.ts';
import { StoreError } from '../store/store.ts';
import { CSRF_HEADER, needsCsrfToken, requireCsrfToken } from './csrf.ts';
import { Refusal } from './errors.ts';
import { isForm } from './read-body.ts';
import type { Needed, Route } from './route.ts';
import { noteRefusal, signInRefusal } from './sign-in-refusal.ts';
import { Trail } from './trail.ts';
import { allowedMethods, refuseUnknown, withoutQuery } from './unknown-path.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of routes that are not in THE LIST. Default: `view`. */
    right?: Needed;
  }
  interface FastifyRequest {
    /** Set by the gate; null: nobody known. */
    caller: Caller | null;
  }
}

/** How the audit trail names a sign-in that failed with a request that was about something else. */
const SIGN_IN = 'session.sign_in';
/** Of the path that a browser comes back to when it has signed in. */
const MAX_NEXT_CHARS = 2_000;

export interface GateOptions {
  readonly authenticator: Authenticator;
  readonly audit: Audit;
  readonly routes: readonly Route[];
  readonly urlPrefix: string;
  readonly readOnly: boolean;
}

/** The hook. @throws Refusal */
export function createGate(options: GateOptions) {
  const { authenticator, routes, urlPrefix, readOnly } = options;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const path = withoutQuery(request.url);
    const below = path.startsWith(`${urlPrefix}/`) ? path.slice(urlPrefix.length) : undefined;
    // The CORS plugin takes OPTIONS of every path for a route of its own.
    const isUnknown = request.is404 || request.method === 'OPTIONS';
    const allowed = isUnknown && below !== undefined ? allowedMethods(routes, below) : [];
    if (request.method === 'OPTIONS' && allowed.length > 0) {
      return reply.code(204).header('allow', allowed.join(', ')).send();
    }
    const { route, right = 'view' } = request.routeOptions.config;
    const needed: Needed = isUnknown ? neededByUnknown(below) : (route?.right ?? right);

    if (needed !== 'unasked') {
      const asked = await identify(authenticator, request);
      if ('refused' in asked) {
        const refusal = signInRefusal(asked, authenticator.challenge);
        await noteStranger(request, asked, { needed, status: refusal.status, audit: options.audit });
        if (needed !== 'open') {
          if (refusal.status !== 401 || !isNavigation(request)) throw refusal;
          return reply.redirect(
            `${urlPrefix}/login?next=${encodeURIComponent(nextPath(request, urlPrefix))}`,
          );
        }
      } else {
        request.caller = asked;
        request.trail.caller = asked;
      }
    }
    if (isUnknown) throw refuseUnknown(request.method, path, allowed, `${urlPrefix}/api/docs`);
    const { caller } = request;
    if (caller === null || needed === 'open' || needed === 'unasked') return undefined;
    requireRight(caller, needed, readOnly);
    // A form brings its token in the body, where register-route looks for it.
    const token = request.headers[CSRF_HEADER];
    if (needsCsrfToken(request.method, caller) && (token !== undefined || !isForm(request.headers))) {
      requireCsrfToken(caller, token);
    }
    return undefined;
  };
}

/** @throws Refusal 503 when it cannot be looked up */
async function identify(
  authenticator: Authenticator,
  request: FastifyRequest,
): Promise<Caller | NotSignedIn> {
  try {
    return await authenticator.identify(request.client.evidence);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    request.log.error({ err: error }, 'sessions and tokens cannot be read');
    throw new Refusal(503, 'Who is asking cannot be looked up now.', { headers: { 'retry-after': '5' } });
  }
}

/**
 * Who somebody said they were goes into the line of the change that they asked for. A sign-in that failed in passing, with a
 * request that changes nothing or that anybody may make, gets a line of its own.
 */
async function noteStranger(
  request: FastifyRequest,
  asked: NotSignedIn,
  { needed, status, audit }: { needed: Needed; status: number; audit: Audit },
): Promise<void> {
  const { trail, client } = request;
  if (asked.operatorHint !== undefined && asked.unrecorded !== true)
    request.log.warn({ refused: asked.refused }, asked.operatorHint);
  if (needed !== 'open' && trail.isKept) return noteRefusal(trail, asked);
  if (asked.refused === 'nothing') return;
  const line = new Trail({ audit, action: SIGN_IN, address: client.address });
  noteRefusal(line, asked);
  await line.write(status, 'refused');
}

/** @throws Refusal 403 that names the right */
function requireRight(caller: Caller, needed: Exclude<Needed, 'open' | 'unasked'>, readOnly: boolean): void {
  const { permissions } = caller;
  if (needed === 'signed-in' || permissions.has(needed)) return;
  const sentence =
    readOnly && CHANGING_RIGHTS.has(needed)
      ? `This server is read-only: nobody has the right ${needed} here.`
      : `This needs the right ${needed}; you have ${permissions.rights.join(', ') || 'none'}.`;
  throw new Refusal(403, sentence, { code: 'missing_right', members: { right: needed } });
}

/** What is in the API is not told to strangers, not even by a 404. */
function neededByUnknown(below: string | undefined): Needed {
  return below?.startsWith('/api/') === true ? 'signed-in' : 'unasked';
}

/** A browser that opens a page, rather than a script or a page that calls the API. */
function isNavigation({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'GET' && headers.authorization === undefined && headers.accept?.includes('text/html') === true
  );
}

/** Own paths only: what a proxy's form of a URL names is somebody else's. */
function nextPath({ url }: FastifyRequest, urlPrefix: string): string {
  const isOwn = url.startsWith(`${urlPrefix}/`) && !url.startsWith('//') && url.length <= MAX_NEXT_CHARS;
  return isOwn ? url : `${urlPrefix}/`;
}
