// Puts the HTTP side together; does not listen. Order for every request: the door (headers, foreign names and sites), CORS,
// the gate (who is asking, their right, unknown paths), body and parameters (400, 413, 415), handler.
import type { ServerOptions } from 'node:https';
import { Socket } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Desk } from '../desk/desk.ts';
import type { Redaction } from '../redaction/redaction.ts';
import type { AuditStore } from '../store/ledger.ts';
import { registerApiDocs } from './api-docs.ts';
import type { ServerFacts } from './api-request.ts';
import { createCostlyCalls } from './costly-calls.ts';
import { CSRF_HEADER } from './csrf.ts';
import { createDoor } from './door.ts';
import { dropPipelining } from './drop-pipelining.ts';
import { toErrorAnswer } from './errors.ts';
import { createGate } from './gate.ts';
import { createOpenApi } from './open-api.ts';
import { recordError } from './record-outcome.ts';
import { registerRoute } from './register-route.ts';
import { ROUTES } from './routes/index.ts';
import { checkFrameAncestors, securityHeaders } from './security-headers.ts';
import { answerBrokenRequest, sendError } from './send-error.ts';
import { createProxyTrust } from './trusted-proxies.ts';
import { refuseUnknown, withoutQuery } from './unknown-path.ts';

/** Largest body. Arguments of tasks belong into a store of their own long before this. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** A client that needs longer to send its headers, or its whole request, is cut off (slow-loris). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** A client that takes nothing of its answer for so long is cut off. */
const UNREAD_TIMEOUT_MS = 30_000;
/** Longer than the idle time of common proxies, so that it is never the server that closes first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How often Node looks for connections beyond these limits. */
const CONNECTION_CHECK_MS = 5_000;
/** Answers that are not read by their client when the server stops are cut off after this. */
const STOP_WITHIN_MS = 5_000;

export interface AppOptions {
  readonly desk: Desk;
  readonly authenticator: Authenticator;
  readonly audit: Audit;
  readonly auditLines: Pick<AuditStore, 'listAudit'>;
  /** By the rules, for everybody. */
  readonly redaction: Redaction;
  /** Of every value, for those who may not see payloads. */
  readonly fullRedaction: Redaction;
  /** Nobody may change anything, whoever they are; the permissions of callers say so already. */
  readonly readOnly?: boolean;
  /** Empty, or a path that begins with `/` and does not end with one. */
  readonly urlPrefix?: string;
  /** Addresses, networks (CIDR) or `unix`: their X-Forwarded-* headers are believed. */
  readonly trustProxy?: readonly string[];
  /** Where people reach this server, when requests do not show it; a path in it stands for the prefix. */
  readonly publicUrl?: string | null;
  /** Origins whose pages may call the API; empty: none but our own. */
  readonly corsOrigins?: readonly string[];
  /** Sources of Content-Security-Policy that may frame our pages; empty: none. */
  readonly frameAncestors?: readonly string[];
  /** The server listens on a loopback address. */
  readonly loopbackOnly?: boolean;
  /** Further host names under which a server that asks for no sign-in may be called. */
  readonly allowedHosts?: readonly string[];
  /** Own TLS: the server speaks https. */
  readonly https?: ServerOptions;
  readonly version: string;
  /** Default: no log. */
  readonly log?: FastifyBaseLogger;
  /** For tests. */
  readonly unreadTimeoutMs?: number;
}

/** @throws TypeError when an option is not of its form */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { authenticator, audit, redaction, urlPrefix = '', version, readOnly = false } = options;
  const corsOrigins = (options.corsOrigins ?? []).map(exactOrigin);
  const frameAncestors = checkFrameAncestors(options.frameAncestors ?? []);
  const server: ServerFacts = {
    version,
    urlPrefix,
    openApi: createOpenApi(ROUTES, { version, urlPrefix }),
    readOnly,
    frameAncestors,
  };
  const app = createServer(options, server);

  app.setErrorHandler(async (error, request, reply) => {
    const { status } = toErrorAnswer(error);
    if (status >= 500) request.log[status === 500 ? 'error' : 'debug']({ err: error }, 'request failed');
    await recordError(request, error);
    return sendError(request, reply, error, { server, caller: request.caller });
  });

  app.decorateRequest('caller', null);
  dropPipelining(app);
  app.addHook(
    'onRequest',
    createDoor({
      open: authenticator.open,
      loopbackOnly: options.loopbackOnly === true,
      allowedHosts: options.allowedHosts ?? [],
      publicUrl: options.publicUrl == null ? null : new URL(options.publicUrl),
      urlPrefix,
      corsOrigins,
      frameAncestors,
      audit,
    }),
  );
  if (corsOrigins.length > 0) await registerCors(app, corsOrigins);
  app.addHook('onRequest', createGate({ authenticator, audit, routes: ROUTES, urlPrefix, readOnly }));
  dropUnread(app, options.unreadTimeoutMs ?? UNREAD_TIMEOUT_MS);
  logRequests(app);
  // Unknown paths end at the gate; this is for files that the page at /api/docs does not have.
  app.setNotFoundHandler((request) => {
    throw refuseUnknown(request.method, withoutQuery(request.url), [], `${urlPrefix}/api/docs`);
  });

  const context = {
    desk: options.desk,
    authenticator,
    auditLines: options.auditLines,
    redaction,
    fullRedaction: options.fullRedaction,
    costlyCalls: createCostlyCalls(),
    server,
    stopping: stopWaiting(app),
  };
  for (const route of ROUTES) registerRoute(app, route, context);
  if (urlPrefix !== '') {
    app.get(urlPrefix, { config: { right: 'unasked' } }, (_request, reply) =>
      reply.redirect(`${urlPrefix}/`),
    );
  }
  await registerApiDocs(app, server);
  return app;
}

function createServer({ https, log, trustProxy = [] }: AppOptions, server: ServerFacts): FastifyInstance {
  const limits = { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CONNECTION_CHECK_MS };
  const app = Fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What still comes over an open connection is answered as always, and the connection then closed.
    return503OnClosing: false,
    trustProxy: trustProxy.length === 0 ? false : createProxyTrust(trustProxy),
    ...(https === undefined ? { http: limits } : { https: { ...limits, ...https } }),
    routerOptions: {
      maxParamLength: 8_192,
      // Every route reads its own query, strictly.
      querystringParser: () => ({}),
    },
    frameworkErrors: (error, request, reply) => {
      const { frameAncestors } = server;
      void reply.headers(securityHeaders({ https: https !== undefined, frameAncestors }));
      void sendError(request, reply, error, { server, caller: null });
    },
    clientErrorHandler: answerBrokenRequest,
  }) as FastifyInstance;
  // Parameters of a GET may come in a body too, as with Python's requests.get(url, json=…).
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
  return app;
}

/** @throws TypeError when it is not scheme, host and port alone */
function exactOrigin(text: string): string {
  if (URL.parse(text)?.origin === text && !text.includes('*')) return text;
  throw new TypeError(`${text} is not an origin such as https://portal.example.org.`);
}

/** Answers preflights itself; what other origins ask goes on to the gate without any CORS header. */
async function registerCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(cors, {
    origin: (origin, answer) => answer(null, origin !== undefined && origins.includes(origin)),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', CSRF_HEADER],
    exposedHeaders: ['retry-after', 'www-authenticate'],
    maxAge: 600,
    strictPreflight: false,
  });
}

function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    // The path without its query, which may hold secrets.
    const line = {
      method: request.method,
      path: withoutQuery(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (request.method === 'GET' || request.method === 'HEAD') request.log.debug(line, 'request');
    else request.log.info(line, 'request');
  });
}

/** Without this Node would keep an answer, and its connection, for a client that reads nothing of it for ever. */
function dropUnread(app: FastifyInstance, afterMs: number): void {
  app.addHook('onSend', async (request) => {
    const { socket } = request.raw;
    // Until the answer is out; from then on Node counts the time for which the connection is kept open.
    if (socket instanceof Socket) socket.setTimeout(afterMs);
  });
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
