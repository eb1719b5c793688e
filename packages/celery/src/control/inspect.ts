// Asks given workers several inspect commands at once and sorts the answers by worker and command. Secrets are masked
// here, so that no caller can forget it. The single question is mailbox.ts, its reading reply-text.ts.
import { CeleryError } from '../errors.ts';
import type { ControlRequest } from './control-request.ts';
import type { Mailbox } from './mailbox.ts';
import { maskSecrets } from './mask-secrets.ts';
import { type Answer, interpretReply } from './reply-text.ts';

/** A worker's answer to one inspect command, or that it gave none in time. */
export type InspectAnswer = Answer | { readonly outcome: 'no_reply' };

/** Commands whose answers describe the worker's own settings and connections; the others carry the user's data. */
const MASKED: ReadonlySet<string> = new Set(['stats', 'conf', 'dump_conf', 'report', 'active_queues']);

/** Replies came and none can be read: an answer for this command, no reason to lose those of the others. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'undecodable',
  'unsupported_content_type',
  'unsupported_compression',
  'too_large',
]);

/**
 * Asks `workers` all of `requests` (inspect-commands.ts) in parallel. The result has every worker asked and, for each, every
 * method asked; workers that answer without having been asked are left out.
 * @throws CeleryError `bad_argument` for an empty list of workers, `broker_unavailable`, `closed`
 */
export async function inspectWorkers(
  mailbox: Mailbox,
  workers: readonly string[],
  requests: readonly ControlRequest[],
  options: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Map<string, Map<string, InspectAnswer>>> {
  const columns = await Promise.all(
    requests.map(async (request) => ({
      method: request.method,
      answerOf: await askOne(mailbox, workers, request, options),
    })),
  );
  return new Map(
    workers.map((worker) => [
      worker,
      new Map(columns.map(({ method, answerOf }) => [method, answerOf(worker)])),
    ]),
  );
}

async function askOne(
  mailbox: Mailbox,
  workers: readonly string[],
  request: ControlRequest,
  options: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<(worker: string) => InspectAnswer> {
  const { method } = request;
  try {
    const replies = await mailbox.ask({ ...request, destination: workers, expected: workers, ...options });
    return (worker) =>
      replies.has(worker)
        ? masked(method, interpretReply(method, replies.get(worker)))
        : { outcome: 'no_reply' };
  } catch (error) {
    if (!(error instanceof CeleryError) || !UNREADABLE.has(error.code)) throw error;
    return () => ({ outcome: 'error', message: error.message });
  }
}

function masked(method: string, answer: Answer): Answer {
  if (answer.outcome === 'error' || !MASKED.has(method)) return answer;
  return { outcome: 'ok', message: String(maskSecrets(answer.message)), value: maskSecrets(answer.value) };
}
