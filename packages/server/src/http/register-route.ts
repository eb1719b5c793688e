// One line of THE LIST ▶ a Fastify route: reads and checks the parameters, calls the handler, formats the reply.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseForm } from '../contract/form.ts';
import { InvalidRequest, quote, readParameters, refuseUnknownMembers } from '../contract/parameter.ts';
import type { Permission } from '../auth/access.ts';
import type { Desk } from '../desk/desk.ts';
import { Answer, type ServerFacts } from './api-request.ts';
import { Refusal } from './errors.ts';
import { formatJson } from './format-json.ts';
import { readBody } from './read-body.ts';
import type { Route } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed; a route that does not say needs `view`. */
    permission?: Permission;
  }
}

const MAX_TARGET_CHARS = 1_024;
const CONTROL_CHARACTER = /\p{Cc}/u;

export function registerRoute(
  app: FastifyInstance,
  { method, path, permission, operation, handle }: Route,
  {
    desk,
    server,
    stopping,
  }: { readonly desk: Desk; readonly server: ServerFacts; readonly stopping: AbortSignal },
): void {
  const mediaType = operation.mediaType ?? 'application/json';
  app.route({
    method,
    url: `${server.urlPrefix}${path}`,
    config: { permission },
    handler: async (request, reply) => {
      const nowMs = Date.now();
      // What takes no parameters does not look at a body either.
      const body = await readBody(
        Object.keys(operation.parameters).length === 0 ? undefined : (request.body as Uint8Array | undefined),
        request.headers,
      );
      if (operation.strictBody === true) refuseUnknownMembers(operation.parameters, body);
      const answer = await handle({
        target: operation.target === undefined ? '' : readTarget(request, operation.target.name),
        values: readParameters(operation.parameters, { query: parseForm(queryOf(request)), body }),
        desk,
        server,
        signal: AbortSignal.any([abandoned(reply), stopping]),
        nowMs,
      });
      const { status, headers, reply: value } = answer instanceof Answer ? answer : new Answer(answer, {});
      return reply
        .code(status)
        .headers(headers)
        .type(`${mediaType}; charset=utf-8`)
        .send(operation.mediaType === undefined ? formatJson(value) : value);
    },
  });
}

function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? '';
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

function readTarget(request: FastifyRequest, name: string): string {
  const target = (request.params as Record<string, string>)['*'] ?? '';
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
