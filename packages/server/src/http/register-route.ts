// One line of THE LIST ▶ a Fastify route: reads and checks the parameters, calls the handler, formats the reply.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator, Caller } from '../auth/authenticator.ts';
import { createPermissions } from '../auth/permissions.ts';
import type { Operation } from '../contract/operation.ts';
import {
  InvalidRequest,
  quote,
  readParameters,
  refuseUnknownMembers,
  refuseUnknownParameters,
} from '../contract/parameter.ts';
import type { Desk } from '../desk/desk.ts';
import { guardDesk } from '../desk/guarded-desk.ts';
import type { Redaction } from '../redaction/redaction.ts';
import type { AuditStore } from '../store/ledger.ts';
import { Answer, type ServerFacts, TextAnswer } from './api-request.ts';
import type { CostlyCalls } from './costly-calls.ts';
import { CSRF_FIELD, CSRF_HEADER, needsCsrfToken, requireCsrfToken } from './csrf.ts';
import { Refusal } from './errors.ts';
import { formatJson } from './format-json.ts';
import { pathTarget, readQuery, recordable } from './given-parameters.ts';
import { ownCookie, sessionCookie } from './own-cookie.ts';
import { readBody } from './read-body.ts';
import { recordAnswer } from './record-outcome.ts';
import type { Route } from './route.ts';
import { hasHead } from './unknown-path.ts';

const MAX_TARGET_CHARS = 1_024;
const CONTROL_CHARACTER = /\p{Cc}/u;
/** Of routes that anybody may call: a name, a password and a path. Strangers must not be able to fill the memory. */
const MAX_OPEN_BODY_BYTES = 64 * 1024;
/** What somebody unknown may do: nothing that needs a right. */
const NO_PERMISSIONS = createPermissions([], { readOnly: true });

export interface RouteContext {
  /** Every request gets its own, guarded. */
  readonly desk: Desk;
  readonly authenticator: Authenticator;
  readonly auditLines: Pick<AuditStore, 'listAudit'>;
  readonly redaction: Redaction;
  readonly fullRedaction: Redaction;
  readonly costlyCalls: CostlyCalls;
  readonly server: ServerFacts;
  readonly stopping: AbortSignal;
}

export function registerRoute(app: FastifyInstance, route: Route, context: RouteContext): void {
  const { method, path, operation } = route;
  app.route({
    method,
    url: `${context.server.urlPrefix}${path}`,
    config: { route },
    exposeHeadRoute: hasHead(route),
    ...(route.right === 'open' || route.right === 'unasked' ? { bodyLimit: MAX_OPEN_BODY_BYTES } : {}),
    handler: async (request, reply) => {
      const answer = await run(request, reply, route, context);
      await recordAnswer(request, answer);
      return send(reply, operation, answer);
    },
  });
}

async function run(
  request: FastifyRequest,
  reply: FastifyReply,
  { right, operation, handle }: Route,
  context: RouteContext,
): Promise<Answer<unknown> | TextAnswer> {
  const nowMs = Date.now();
  const { caller, client, trail } = request;
  if (operation.target !== undefined) trail.target = pathTarget(request);
  const takesParameters = Object.keys(operation.parameters).length > 0;
  const isToken = right !== 'open' && needsCsrfToken(request.method, caller);
  // What takes no parameters does not look at a body either.
  const body = await readBody(
    takesParameters || isToken ? (request.body as Uint8Array | undefined) : undefined,
    request.headers,
  );
  if (isToken && request.headers[CSRF_HEADER] === undefined) requireCsrfToken(caller, body.get(CSRF_FIELD));
  const given = { query: readQuery(request), body };
  trail.params = recordable(operation, given);
  if (operation.strictBody === true) refuseUnknownMembers(operation.parameters, body);
  if (operation.strictQuery === true) refuseUnknownParameters(operation.parameters, given.query);
  const permissions = caller?.permissions ?? NO_PERMISSIONS;
  const answer = await handle({
    target: operation.target === undefined ? '' : readTarget(request, operation.target.name),
    values: readParameters(operation.parameters, given),
    caller,
    desk: guardDesk(context.desk, permissions),
    redactionOf: ({ hidden }) => (hidden === true ? context.fullRedaction : context.redaction),
    authenticator: context.authenticator,
    evidence: client.evidence,
    trail,
    auditLines: context.auditLines,
    origin: client.origin,
    sessionCookie: sessionCookie(client.cookies),
    ownCookie: (name) => ownCookie(name, client.cookies),
    costly: (call) => context.costlyCalls.begin(call, shareOf(caller, client.address)),
    server: context.server,
    signal: AbortSignal.any([abandoned(reply), context.stopping]),
    nowMs,
  });
  return answer instanceof Answer || answer instanceof TextAnswer ? answer : new Answer(answer, {});
}

/** Whose share of the costly calls a call is of; where nobody signs in everybody has their address. */
function shareOf(caller: Caller | null, address: string | null): string {
  return caller === null || caller.identity.via === 'open' ? `at ${address}` : caller.identity.subject;
}

function send(
  reply: FastifyReply,
  { mediaType }: Operation,
  answer: Answer<unknown> | TextAnswer,
): FastifyReply {
  reply.code(answer.status).headers(answer.headers);
  if (answer.status === 204) return reply.send();
  if (answer instanceof TextAnswer) {
    return reply.type(`${answer.mediaType}; charset=utf-8`).send(answer.text);
  }
  return reply
    .type(`${mediaType ?? 'application/json'}; charset=utf-8`)
    .send(mediaType === undefined ? formatJson(answer.reply) : answer.reply);
}

function readTarget(request: FastifyRequest, name: string): string {
  const target = pathTarget(request);
  if (target === '') throw new Refusal(404, `The path ends where the ${name} should be.`);
  if (target.length > MAX_TARGET_CHARS || CONTROL_CHARACTER.test(target)) {
    throw new InvalidRequest(
      `${name} must be at most ${MAX_TARGET_CHARS} characters without control characters, not ${quote(target)}.`,
    );
  }
  return target;
}

/** Aborted when the connection closes before the answer is out. */
function abandoned(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
