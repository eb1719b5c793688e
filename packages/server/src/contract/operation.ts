// What one operation of the API promises: parameters, reply, errors. The path and the right that it needs stand in THE
// LIST (http/routes/index.ts); OpenAPI and docs/api.md are made of both.
import { type Static, type TSchema, Type } from 'typebox';
import type { ParameterTable, Values } from './parameter.ts';

/** Every status of an answer that is not a success, and when it comes. */
export const ERROR_STATUSES = {
  400: 'A parameter or the body is wrong; nothing was sent to any worker.',
  401: 'Who is asking is not known.',
  403: 'Not allowed: `right` names the right that is missing; or another web site asked, or the token of the session is missing, or this server does not answer to that name.',
  404: 'There is no such worker, task, task name or path.',
  405: 'The path exists, the method does not; `Allow` names the methods.',
  408: 'The request took too long to arrive.',
  409: 'It contradicts the present state: every worker that answered refused, or the task has already ended.',
  413: 'The body is too large.',
  414: 'The URL is too long.',
  415: 'The body is in a format that is not read here, or a stored result is.',
  429: 'Too many attempts to sign in, or too many costly calls at once; `Retry-After` says when to come again.',
  431: 'The headers are too large.',
  503: 'The broker or the result backend is away or not configured, or the history cannot be read now or not in time.',
  504: 'Nobody answered, or the task did not end, in time.',
} as const;

export type ErrorStatus = keyof typeof ERROR_STATUSES;

/** Statuses of success: 303 and 302 lead elsewhere, 204 has no body. */
export type SuccessStatus = 200 | 201 | 204 | 302 | 303;

export type MediaType = 'application/json' | 'text/plain' | 'text/html' | 'text/csv' | 'application/x-ndjson';

export interface Operation<P extends ParameterTable = ParameterTable, R extends TSchema = TSchema> {
  /** For OpenAPI and generated clients. */
  readonly id: string;
  readonly tag: 'Workers' | 'Tasks' | 'Queues' | 'Metrics' | 'Access' | 'Pages' | 'Health' | 'About';
  readonly summary: string;
  readonly description?: string;
  /**
   * What it does, as the audit trail names it: `task.revoke`. Every operation that changes something has one, and each of its
   * requests leaves one line, whatever comes of it.
   */
  readonly action?: string;
  /** The rest of the path, when it ends in `*`: may hold `/` and percent-encoded characters. */
  readonly target?: { readonly name: string; readonly description: string };
  readonly parameters: P;
  /** The body is read as JSON under any content type, and members that are not parameters are refused. */
  readonly strictBody?: true;
  /** What of the query is no parameter is refused. */
  readonly strictQuery?: true;
  readonly reply: R;
  readonly replyDescription: string;
  /** Default: 200 alone. */
  readonly successes?: readonly SuccessStatus[];
  /** Default: JSON. A reply of any other type is a string. */
  readonly mediaType?: MediaType;
  /** What it answers besides, when a parameter asks for it; handlers then give a TextAnswer. */
  readonly otherMediaTypes?: readonly MediaType[];
  /** Errors of its own, besides those that any request can meet. */
  readonly errors: readonly ErrorStatus[];
  readonly example?: unknown;
}

/** Says an operation; only there for the types. */
export function operation<P extends ParameterTable, R extends TSchema>(
  definition: Operation<P, R>,
): Operation<P, R> {
  return definition;
}

export type ValuesOf<O> = O extends Operation<infer P> ? Values<P> : never;
export type ReplyOf<O> = O extends Operation<ParameterTable, infer R> ? Static<R> : never;

/** The body of every error. Some carry more members, for example `task-id` or `replies`. */
export const ErrorReply = Type.Object(
  { error: Type.String({ description: 'One sentence.' }), status: Type.Integer() },
  { additionalProperties: true },
);

/** The body of every error below `/api/v1`: `application/problem+json`. */
export const ProblemReply = Type.Object({
  type: Type.String({ description: 'about:blank: `code` says what it is.' }),
  title: Type.String({ description: 'The name of the status.' }),
  status: Type.Integer(),
  code: Type.String({ description: 'For programs.' }),
  detail: Type.String({ description: 'One sentence.' }),
  params: Type.Record(Type.String(), Type.Unknown(), { description: 'What the sentence is about.' }),
  position: Type.Optional(
    Type.Object(
      { from: Type.Integer(), to: Type.Integer() },
      {
        description:
          'Of a query that cannot be read: what is wrong in it, in UTF-16 units; `to` is the one after.',
      },
    ),
  ),
});
