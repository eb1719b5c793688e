// An error ▶ its answer: a page for whoever opens pages, `application/problem+json` below /api/v1, JSON as Flower has it else.
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/authenticator.ts';
import type { ServerFacts } from './api-request.ts';
import { toErrorAnswer } from './errors.ts';
import { formatJson } from './format-json.ts';
import { errorPage } from './pages/error-page.ts';

/** Time to read the last answer; then a client that keeps its half of the connection open loses it (slow-loris). */
const LINGER_MS = 1_000;

/** @param caller null: not known, or not looked at yet */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  { server, caller }: { readonly server: ServerFacts; readonly caller: Caller | null },
): FastifyReply {
  const { status, headers, body, problem } = toErrorAnswer(error);
  void reply.code(status).headers(headers);
  const api = `${server.urlPrefix}/api/`;
  if (isForPeople(request, api)) {
    const page = errorPage({ server, caller, status, sentence: body.error });
    return reply.headers(page.headers).type('text/html; charset=utf-8').send(page.reply);
  }
  const isProblem = request.url.startsWith(`${api}v1/`);
  return reply
    .type(`application/${isProblem ? 'problem+json' : 'json'}; charset=utf-8`)
    .send(formatJson(isProblem ? problem : body));
}

/** A browser that opens a page or sends a form of one, rather than a program that calls the API. */
function isForPeople({ url, headers }: FastifyRequest, api: string): boolean {
  return (
    !url.startsWith(api) &&
    headers.authorization === undefined &&
    headers.accept?.includes('text/html') === true
  );
}

/** What Node could not read as HTTP: answered in the API's format, then the connection ends. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
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
  const lingering = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(lingering));
}
