// Puts the HTTP side together; does not listen. Order for every request: security headers, foreign names and sites
// (403), OPTIONS, who is asking (401), unknown path or method (404, 405), body and parameters (400, 413, 415), handler.
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import { type AccessRules, createAccess } from '../auth/access.ts';
import type { Desk } from '../desk/desk.ts';
import type { ServerFacts } from './api-request.ts';
import { registerApiDocs } from './api-docs.ts';
import { toErrorAnswer } from './errors.ts';
import { formatJson } from './format-json.ts';
import { createGate, withoutQuery } from './gate.ts';
import { createOpenApi } from './open-api.ts';
import { registerRoute } from './register-route.ts';
import { ROUTES } from './routes/index.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { refuseUnknown } from './unknown-path.ts';

/** Largest body. Arguments of tasks belong into a store of their own long before this. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** A client that needs longer to send its headers, or its whole request, is cut off (slow-loris). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the idle time of common proxies, so that it is never the server that closes first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How often Node looks for connections beyond these limits. */
const CONNECTION_CHECK_MS = 5_000;
/** Answers that are not read by their client when the server stops are cut off after this. */
const STOP_WITHIN_MS = 5_000;

export interface AppOptions {
  readonly desk: Desk;
  readonly auth: AccessRules;
  /** Empty, or a path that begins with `/` and does not end with one. */
  readonly urlPrefix?: string;
  /**
   * The server listens on a loopback address. When its API is open too, it answers only under names of this machine,
   * so that no web site can reach it through a visitor's browser.
   */
  readonly loopbackOnly?: boolean;
  /** Further host names under which such a server may be called. */
  readonly allowedHosts?: readonly string[];
  readonly version: string;
  /** Default: no log. */
  readonly log?: FastifyBaseLogger;
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { desk, urlPrefix = '', version, log } = options;
  const access = createAccess(options.auth);
  const server: ServerFacts = { version, urlPrefix, openApi: createOpenApi(ROUTES, { version, urlPrefix }) };
  const app = Fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What still comes over an open connection is answered as always, and the connection then closed.
    return503OnClosing: false,
    trustProxy: false,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CONNECTION_CHECK_MS },
    routerOptions: {
      maxParamLength: 8_192,
      // Every route reads its own query, strictly.
      querystringParser: () => ({}),
    },
    frameworkErrors: (error, _request, reply) => void sendError(reply.headers(SECURITY_HEADERS), error),
    clientErrorHandler: answerBrokenRequest,
  });
  // Parameters of a GET may come in a body too, as with Python's requests.get(url, json=…).
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);

  app.addHook(
    'onRequest',
    createGate({
      access,
      routes: ROUTES,
      urlPrefix,
      ...(options.loopbackOnly === true ? { ownNames: options.allowedHosts ?? [] } : {}),
    }),
  );
  app.addHook('onResponse', async (request, reply) => {
    // The path without its query, which may hold secrets.
    const line = {
      method: request.method,
      path: withoutQuery(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (request.method === 'POST') request.log.info(line, 'request');
    else request.log.debug(line, 'request');
  });
  app.setErrorHandler((error, request, reply) => {
    const status = sendError(reply, error);
    if (status >= 500) request.log[status === 500 ? 'error' : 'debug']({ err: error }, 'request failed');
  });

  // Unknown paths end at the gate; this is for files that the page at /api/docs does not have.
  app.setNotFoundHandler((request) => {
    throw refuseUnknown(request.method, withoutQuery(request.url), [], `${urlPrefix}/api/docs`);
  });

  const stopping = stopWaiting(app);
  for (const route of ROUTES) registerRoute(app, route, { desk, server, stopping });
  if (urlPrefix !== '') {
    app.get(urlPrefix, { config: { permission: 'open' } }, (_request, reply) =>
      reply.redirect(`${urlPrefix}/`),
    );
  }
  await registerApiDocs(app, server);
  return app;
}

/** Aborted when the app closes, so that no handler keeps it open by waiting for a task. */
function stopWaiting(app: FastifyInstance): AbortSignal {
  const stopping = new AbortController();
  app.addHook('preClose', async () => {
    stopping.abort();
    setTimeout(() => app.server.closeAllConnections(), STOP_WITHIN_MS).unref();
  });
  return stopping.signal;
}

function sendError(reply: FastifyReply, error: unknown): number {
  const { status, headers, body } = toErrorAnswer(error);
  void reply.code(status).headers(headers).type('application/json; charset=utf-8').send(formatJson(body));
  return status;
}

/** What Node could not read as HTTP: answered in the API's format, then the connection ends. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason, sentence] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', 'The headers are too large.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout', 'The request took too long to arrive.']
        : [400, 'Bad Request', 'The request is not HTTP that can be read.'];
  const body = formatJson({ error: sentence, status });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
