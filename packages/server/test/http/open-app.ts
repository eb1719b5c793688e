// The app over a recording desk, for tests. Every answer is held against what the contract documents: its status must be
// documented, its body must match the schema, its headers must be safe.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Value } from 'typebox/value';
import { ErrorReply, ProblemReply } from '../../src/contract/operation.ts';
import { type AppOptions, buildApp } from '../../src/http/build-app.ts';
import { documentedErrors, documentedSuccesses, ERRORS_OF_ANY_REQUEST } from '../../src/http/open-api.ts';
import { ROUTES } from '../../src/http/routes/index.ts';
import { createFakeAuthenticator, type FakeAccess } from './fake-authenticator.ts';
import { FULL_REDACTION, MARKING_REDACTION } from './marking-redaction.ts';
import { createRecordingAudit, type RecordingAudit } from './recording-audit.ts';
import { createRecordingDesk, type DeskContents, type RecordingDesk } from './recording-desk.ts';

export interface OpenApp {
  readonly app: FastifyInstance;
  readonly desk: RecordingDesk;
  readonly audit: RecordingAudit;
  /** Sends a request; `body` goes as JSON unless it is text or bytes. */
  readonly call: (
    method: string,
    url: string,
    body?: unknown,
    headers?: Readonly<Record<string, string | undefined>>,
  ) => Promise<Called>;
}

export interface Called {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body as JSON; fails when it is none. */
  readonly json: () => Record<string, unknown>;
}

export async function openApp(
  t: TestContext,
  contents: DeskContents = {},
  { access, ...options }: Partial<AppOptions> & { readonly access?: FakeAccess } = {},
): Promise<OpenApp> {
  const desk = createRecordingDesk(contents);
  const audit = createRecordingAudit();
  const app = await buildApp({
    desk,
    authenticator: createFakeAuthenticator(access),
    audit,
    auditLines: { listAudit: async () => ({ records: [], next: null }) },
    redaction: MARKING_REDACTION,
    fullRedaction: FULL_REDACTION,
    ...(access?.readOnly === undefined ? {} : { readOnly: access.readOnly }),
    version: '1.2.3',
    ...options,
  });
  const wrong: string[] = [];
  app.addHook('onSend', async (request, reply, payload) => {
    const problem = problemOf(
      request,
      reply.statusCode,
      payload,
      reply.getHeaders(),
      options.urlPrefix ?? '',
    );
    if (problem !== undefined) wrong.push(`${request.method} ${request.url}: ${problem}`);
    return payload;
  });
  t.after(async () => {
    await app.close();
    assert.deepEqual(wrong, [], 'answers that are not as documented');
  });
  return {
    app,
    desk,
    audit,
    async call(method, url, body, headers = {}) {
      const plain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
      const response = await app.inject({
        method: method as 'GET',
        url,
        ...(body === undefined ? {} : { payload: plain ? Buffer.from(body) : JSON.stringify(body) }),
        headers: { ...(plain ? {} : { 'content-type': 'application/json' }), ...given(headers) },
      });
      return {
        status: response.statusCode,
        text: response.body,
        headers: response.headers,
        json: () => JSON.parse(response.body) as Record<string, unknown>,
      };
    },
  };
}

function given(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function problemOf(
  request: FastifyRequest,
  status: number,
  payload: unknown,
  headers: Readonly<Record<string, unknown>>,
  prefix: string,
): string | undefined {
  for (const name of [
    'content-security-policy',
    'x-content-type-options',
    'referrer-policy',
    'cache-control',
  ]) {
    if (headers[name] === undefined) return `no ${name}`;
  }
  const type = String(headers['content-type']);
  if (type.startsWith('application/json') && status >= 400 && status !== 503) {
    if (!Value.Check(ErrorReply, JSON.parse(String(payload)))) return `no error body: ${String(payload)}`;
  }
  if (type.startsWith('application/problem+json')) {
    if (!Value.Check(ProblemReply, JSON.parse(String(payload)))) return `no problem: ${String(payload)}`;
  }
  const pattern = request.routeOptions.url?.slice(prefix.length);
  const route = ROUTES.find((one) => one.path === pattern && one.method === request.method);
  if (route === undefined) return undefined;
  const { operation } = route;
  if (status < 400) {
    // A browser that nobody knows is sent to the sign-in page.
    if (status === 302 && String(headers['location']).startsWith(`${prefix}/login?next=`)) return undefined;
    if (!documentedSuccesses(operation).some((one) => one === status))
      return `status ${status} is not documented`;
    // A stream is not looked at on its way.
    if (status >= 300 || status === 204 || (payload !== null && typeof payload === 'object'))
      return undefined;
    const [mediaType] = type.split(';');
    if (operation.otherMediaTypes?.some((other) => other === mediaType) === true) return undefined;
    const reply: unknown = operation.mediaType === undefined ? JSON.parse(String(payload)) : payload;
    if (!Value.Check(operation.reply, reply)) {
      return `reply differs: ${JSON.stringify(Value.Errors(operation.reply, reply).slice(0, 3))}`;
    }
    return undefined;
  }
  return [...documentedErrors(route), ...ERRORS_OF_ANY_REQUEST].some((one) => one === status)
    ? undefined
    : `status ${status} is not documented`;
}
