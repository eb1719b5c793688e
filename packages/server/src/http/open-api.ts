// THE LIST ▶ an OpenAPI 3.1 document. Every parameter is described as a query parameter and as a member of the body,
// because it may come either way.
import type { TSchema } from 'typebox';
import { RIGHTS } from '../auth/rights.ts';
import {
  ERROR_STATUSES,
  ErrorReply,
  type ErrorStatus,
  type Operation,
  ProblemReply,
  type SuccessStatus,
} from '../contract/operation.ts';
import type { ParameterTable } from '../contract/parameter.ts';
import type { Needed, Route } from './route.ts';

/** In the order of the documents. */
export const TAGS = [
  'Workers',
  'Tasks',
  'Queues',
  'Metrics',
  'Access',
  'Pages',
  'Health',
  'About',
] as const satisfies readonly Operation['tag'][];

type Json = Readonly<Record<string, unknown>>;

export function createOpenApi(
  routes: readonly Route[],
  { version, urlPrefix }: { readonly version: string; readonly urlPrefix: string },
): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = documentedPath(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Umbel',
      version,
      description:
        'Watch and control Celery. Parameters come as query string, form or JSON body alike; the body wins over the query, the last value wins over earlier ones. Dates without a zone are UTC. Numbers of any size are passed on exactly.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: urlPrefix === '' ? '/' : urlPrefix }],
    tags: TAGS.map((name) => ({ name })),
    paths,
    components: {
      schemas: { Error: ErrorReply, Problem: ProblemReply },
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        key: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'umbel_session',
          description:
            'Set by signing in. Over https without a URL prefix it is called __Host-umbel_session.',
        },
        csrf: {
          type: 'apiKey',
          in: 'header',
          name: 'X-CSRF-Token',
          description: 'With a session, for whatever changes something; GET /api/v1/session tells it.',
        },
      },
    },
  };
}

/** `/api/task/info/*` ▶ `/api/task/info/{taskid}`. */
export function documentedPath({ path, operation }: Route): string {
  return operation.target === undefined ? path : path.replace(/\*$/, `{${operation.target.name}}`);
}

/** What any request can meet, however it is meant: broken HTTP, a wrong method, a body of the wrong kind or size. */
export const ERRORS_OF_ANY_REQUEST: readonly ErrorStatus[] = [400, 403, 405, 408, 413, 414, 415, 431];

/** The statuses that callers of an operation should be ready for; ERRORS_OF_ANY_REQUEST come on top. */
export function documentedErrors({ method, right, operation }: Route): ErrorStatus[] {
  const all = new Set<ErrorStatus>(operation.errors);
  if (Object.keys(operation.parameters).length > 0) all.add(400);
  if (needsSomebody(right)) all.add(401).add(403).add(429).add(503);
  if (operation.target !== undefined) all.add(404);
  if (method !== 'GET') all.add(403).add(413).add(415);
  return [...all].sort((x, y) => x - y);
}

export function documentedSuccesses({ successes = [200] }: Operation): readonly SuccessStatus[] {
  return successes;
}

/** What the caller needs, in words; undefined when that is nothing. */
export function describeNeeded(right: Needed): string | undefined {
  if (!needsSomebody(right)) return undefined;
  return right === 'signed-in' ? 'Needs somebody who is signed in.' : `Needs the right \`${right}\`.`;
}

function needsSomebody(right: Needed): boolean {
  return right === 'signed-in' || Object.hasOwn(RIGHTS, right);
}

function describeOperation(route: Route): Json {
  const { method, right, operation } = route;
  const description = [operation.description, describeNeeded(right)].filter((part) => part !== undefined);
  const session = method === 'GET' ? { session: [] } : { session: [], csrf: [] };
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(description.length === 0 ? {} : { description: description.join(' ') }),
    'x-right': right,
    security: needsSomebody(right) ? [{ basic: [] }, { key: [] }, session, {}] : [],
    parameters: describeParameters(operation),
    ...(method !== 'GET' && Object.keys(operation.parameters).length > 0
      ? { requestBody: describeBody(operation) }
      : {}),
    responses: describeResponses(route),
  };
}

function describeParameters({ target, parameters, strictBody }: Operation): Json[] {
  const inPath =
    target === undefined
      ? []
      : [
          {
            name: target.name,
            in: 'path',
            required: true,
            description: target.description,
            schema: { type: 'string' },
          },
        ];
  if (strictBody === true) return inPath;
  const readable = Object.entries(parameters).filter(([, { bodyOnly }]) => bodyOnly !== true);
  const inQuery = readable.map(([name, { schema, required }]) => {
    const { description, ...rest } = schema as TSchema & { description?: string };
    return {
      name,
      in: 'query',
      required: false,
      description: required ? `${description} Required.` : description,
      schema: rest,
    };
  });
  return [...inPath, ...inQuery];
}

function describeBody({ parameters, example, strictBody }: Operation): Json {
  const schema = {
    type: 'object',
    properties: schemas(parameters),
    ...(strictBody === true ? { additionalProperties: false } : {}),
  };
  const media = { schema, ...(example === undefined ? {} : { example }) };
  return {
    description: 'Instead of, or besides, the query string.',
    required: false,
    content: {
      'application/json': media,
      'application/x-www-form-urlencoded': { schema },
      'multipart/form-data': { schema },
    },
  };
}

function schemas(parameters: ParameterTable): Json {
  return Object.fromEntries(Object.entries(parameters).map(([name, { schema }]) => [name, schema]));
}

/** Whoever opens a page reads its errors as a page. */
function pageOfError({ mediaType }: Operation): Json {
  return mediaType === 'text/html' ? { 'text/html': { schema: { type: 'string' } } } : {};
}

function describeResponses(route: Route): Json {
  const { operation, path } = route;
  const error = path.startsWith('/api/v1/')
    ? { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
    : { 'application/json': { schema: { $ref: '#/components/schemas/Error' } }, ...pageOfError(operation) };
  return {
    ...Object.fromEntries(
      documentedSuccesses(operation).map((status) => [status, describeSuccess(status, operation)]),
    ),
    ...Object.fromEntries(
      documentedErrors(route).map((status) => [
        status,
        { description: ERROR_STATUSES[status], content: error },
      ]),
    ),
    default: {
      description: `Any other error: ${ERRORS_OF_ANY_REQUEST.map((status) => `${status} ${ERROR_STATUSES[status]}`).join(' ')}`,
      content: error,
    },
  };
}

function describeSuccess(
  status: SuccessStatus,
  { replyDescription, mediaType = 'application/json', otherMediaTypes = [], reply }: Operation,
): Json {
  if (status === 204) return { description: 'Done.' };
  if (status >= 300) return { description: '`Location` says where it goes on.' };
  return {
    description: replyDescription,
    content: Object.fromEntries([
      [mediaType, { schema: reply }],
      ...otherMediaTypes.map((type) => [type, { schema: { type: 'string' } }]),
    ]),
  };
}
