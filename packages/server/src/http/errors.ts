// The one mapper from errors to answers: every error that a client sees leaves through here, as `{error, status}`, and below
// /api/v1 as `application/problem+json`.
import { STATUS_CODES } from 'node:http';
import { CeleryError, type CeleryErrorCode } from '@umbel/celery';
import { InvalidRequest } from '../contract/parameter.ts';
import type { QueryPosition } from '../query/query-error.ts';
import { DeskError } from '../desk/desk.ts';
import { InvalidQuery } from './read-query.ts';
import { StoreError, type StoreErrorCode } from '../store/store.ts';

/** A refusal that HTTP itself decides. `members` are further members of the body, `code` is for programs. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    {
      code = codeOf(status),
      members = {},
      headers = {},
    }: {
      code?: string;
      members?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.members = members;
    this.headers = headers;
  }
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly status: number } & Readonly<Record<string, unknown>>;
  /** The same as `application/problem+json`. */
  readonly problem: {
    readonly type: 'about:blank';
    readonly title: string;
    readonly status: number;
    readonly code: string;
    readonly detail: string;
    readonly params: Readonly<Record<string, unknown>>;
    /** Of what is wrong in a query, in UTF-16 units. */
    readonly position?: QueryPosition | undefined;
  };
}

const DESK_STATUS: Readonly<Record<DeskError['code'], number>> = {
  bad_argument: 400,
  unknown_worker: 404,
  unknown_task: 404,
  unknown_task_name: 404,
  forbidden: 403,
  conflict: 409,
  unreadable_result: 415,
  no_result_backend: 503,
  broker_unavailable: 503,
  backend_unavailable: 503,
  no_reply: 504,
  timeout: 504,
};

const CELERY_STATUS: Readonly<Partial<Record<CeleryErrorCode, number>>> = {
  bad_argument: 400,
  broker_unavailable: 503,
  backend_unavailable: 503,
  closed: 503,
  timeout: 504,
};

/** Answers of Fastify's own errors, in our words. */
const FASTIFY_SENTENCES: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The path is not percent-encoded UTF-8.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The Content-Type of the body is not one that is read here.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
};

const TOO_SLOW =
  'The history could not be read in time: ask for a window of time (received_start, received_end), a state, a task name or a worker, or search for fewer words.';

/** Strangers meet these too, so that no path stands in them; the log has it. */
const STORE_AWAY = 'What Umbel keeps cannot be read or written now; its log says why.';
const STORE_SENTENCES: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  full: 'The disk on which Umbel keeps its files is full.',
};

/** `error` itself is for the log; an unexpected one tells the client nothing. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof Refusal) return answer(error.status, error.message, error);
  if (error instanceof InvalidQuery) {
    const { body, problem, ...rest } = answer(400, error.message, { code: error.code });
    return { ...rest, body, problem: { ...problem, position: error.position } };
  }
  if (error instanceof InvalidRequest) return answer(400, error.message, { code: error.code });
  if (error instanceof DeskError) {
    const { code, params } = error;
    // Which right is missing is said to the older API too, as where the route itself needs it.
    return answer(DESK_STATUS[code], error.message, {
      code,
      params,
      ...(code === 'forbidden' ? { members: params } : {}),
    });
  }
  if (error instanceof StoreError) {
    const { code } = error;
    return answer(503, code === 'too_slow' ? TOO_SLOW : (STORE_SENTENCES[code] ?? STORE_AWAY), { code });
  }
  if (error instanceof CeleryError) {
    const { code } = error;
    return answer(CELERY_STATUS[code] ?? 500, error.message, { code });
  }
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return answer(statusCode, FASTIFY_SENTENCES[String(code)] ?? (error as Error).message);
  }
  return answer(500, 'Umbel met an error that it did not expect; its log says more.');
}

function answer(
  status: number,
  sentence: string,
  {
    code = codeOf(status),
    members = {},
    params = members,
    headers = {},
  }: {
    readonly code?: string;
    readonly members?: Readonly<Record<string, unknown>>;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): ErrorAnswer {
  return {
    status,
    headers,
    body: { error: sentence, status, ...members },
    problem: { type: 'about:blank', title: titleOf(status), status, code, detail: sentence, params },
  };
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

/** `Not Found` ▶ `not_found`. */
function codeOf(status: number): string {
  return titleOf(status)
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_');
}
