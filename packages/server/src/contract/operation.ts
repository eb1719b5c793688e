// What one operation of the API promises: parameters, reply, errors. The path and the permission stand in THE LIST
// (http/routes/index.ts); OpenAPI and docs/api.md are made of both.
import { type Static, type TSchema, Type } from 'typebox';
import type { ParameterTable, Values } from './parameter.ts';

/** Every status of an answer that is not a success, and when it comes. */
export const ERROR_STATUSES = {
  400: 'A parameter or the body is wrong; nothing was sent to any worker.',
  401: 'Who is asking is not known.',
  403: 'Not allowed: the request was made by another site, or by a name this server does not answer to.',
  404: 'There is no such worker, task, task name or path.',
  405: 'The path exists, the method does not; `Allow` names the methods.',
  408: 'The request took too long to arrive.',
  409: 'It contradicts the present state: every worker that answered refused, or the task has already ended.',
  413: 'The body is too large.',
  415: 'The body is in a format that is not read here, or a stored result is.',
  431: 'The headers are too large.',
  503: 'The broker or the result backend is away or not configured, or the history cannot be read now or not in time.',
  504: 'Nobody answered, or the task did not end, in time.',
} as const;

export type ErrorStatus = keyof typeof ERROR_STATUSES;

export interface Operation<P extends ParameterTable = ParameterTable, R extends TSchema = TSchema> {
  /** For OpenAPI and generated clients. */
  readonly id: string;
  readonly tag: 'Workers' | 'Tasks' | 'Queues' | 'Health' | 'About';
  readonly summary: string;
  readonly description?: string;
  /** The rest of the path, when it ends in `*`: may hold `/` and percent-encoded characters. */
  readonly target?: { readonly name: string; readonly description: string };
  readonly parameters: P;
  /** The body is read as JSON under any content type, and members that are not parameters are refused. */
  readonly strictBody?: true;
  readonly reply: R;
  readonly replyDescription: string;
  /** Media type of a reply that is not JSON; the reply is then a string. */
  readonly mediaType?: 'text/plain' | 'text/html';
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
