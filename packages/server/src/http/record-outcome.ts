// What came of a request ▶ its line in the audit trail.
import type { FastifyRequest } from 'fastify';
import { InvalidRequest } from '../contract/parameter.ts';
import type { Operation } from '../contract/operation.ts';
import { Answer, type TextAnswer } from './api-request.ts';
import { toErrorAnswer } from './errors.ts';
import { pathTarget, readQuery, recordable } from './given-parameters.ts';
import type { Trail } from './trail.ts';

export async function recordAnswer(
  { trail }: FastifyRequest,
  answer: Answer<unknown> | TextAnswer,
): Promise<void> {
  if (answer instanceof Answer) noteBody(trail, answer.reply, 'message');
  await trail.write(answer.status);
}

/** An error may come before the handler had its turn: then the path and the query are all that is known of what was asked. */
export async function recordError(request: FastifyRequest, error: unknown): Promise<void> {
  const { trail, routeOptions } = request;
  if (!trail.isKept) return;
  const { status, body } = toErrorAnswer(error);
  const operation = routeOptions.config.route?.operation;
  if (operation !== undefined && trail.params === null) {
    trail.target = pathTarget(request) || null;
    trail.params = paramsInQuery(request, operation);
  }
  noteBody(trail, body, 'error');
  await trail.write(status);
}

/** Replies to commands say in `message` what was done and in `replies` what each worker answered. */
function noteBody(trail: Trail, body: unknown, sentence: 'message' | 'error'): void {
  if (typeof body !== 'object' || body === null) return;
  const { replies, [sentence]: detail } = body as Readonly<Record<string, unknown>>;
  trail.replies ??= replies ?? null;
  if (typeof detail === 'string') trail.detail ??= detail;
}

function paramsInQuery(request: FastifyRequest, operation: Operation): Record<string, unknown> {
  try {
    return recordable(operation, { query: readQuery(request), body: new Map() });
  } catch (error) {
    if (error instanceof InvalidRequest) return {};
    throw error;
  }
}
