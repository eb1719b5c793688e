// Handlers that send tasks. Everything is checked before anything is sent.
import * as contract from '../../contract/send-task.ts';
import { toTaskResultReply } from '../../contract/task-result.ts';
import { READY_STATES } from '@umbel/celery';
import type { SendRequest } from '../../desk/desk.ts';
import type { Handler } from '../api-request.ts';
import { Refusal, toErrorAnswer } from '../errors.ts';
import type { Trail } from '../trail.ts';

function toSendRequest(name: string, given: contract.SendParameters, nowMs: number): SendRequest {
  contract.checkSendParameters(given);
  const { countdown, eta, expires } = given;
  return {
    name,
    args: given.args,
    kwargs: given.kwargs,
    taskId: given.task_id,
    queue: given.queue,
    exchange: given.exchange,
    routingKey: given.routing_key,
    priority: given.priority,
    retries: given.retries,
    etaMs: countdown !== undefined ? nowMs + countdown * 1_000 : eta === undefined ? undefined : eta * 1_000,
    expiresMs:
      expires === undefined
        ? undefined
        : 'inS' in expires
          ? nowMs + expires.inS * 1_000
          : expires.atS * 1_000,
    timeLimit: given.time_limit,
    softTimeLimit: given.soft_time_limit,
    headers: given.headers,
    ignoreResult: given.ignore_result,
    shadow: given.shadow,
    argsrepr: given.argsrepr,
    kwargsrepr: given.kwargsrepr,
    rootId: given.root_id,
    parentId: given.parent_id,
    groupId: given.group_id,
  };
}

export const applyTask: Handler<typeof contract.applyTask> = async ({
  target,
  values,
  desk,
  redactionOf,
  trail,
  costly,
  nowMs,
  signal,
}) => {
  using _ = costly('wait');
  const request = toSendRequest(target, values, nowMs);
  desk.requireResultBackend();
  await desk.requireRegistered(target);
  const taskId = await desk.send(request);
  // It is done, whatever becomes of the task and of the wait for it.
  trail.detail = `Sent ${taskId}`;
  await trail.write(200);
  const result = await desk
    .result(taskId, { timeoutMs: values.timeout * 1_000, signal })
    .catch((error: unknown) => {
      // The task is on its way: whoever asked must learn its id, whatever happens to the waiting.
      const { status, body } = toErrorAnswer(error);
      if (status === 500) throw error;
      throw new Refusal(status, `Task ${taskId} was sent, but: ${body.error}`, {
        members: { 'task-id': taskId },
      });
    });
  if (READY_STATES.has(result.state)) return toTaskResultReply(redactionOf(result).taskResult(result));
  if (signal.aborted) {
    throw new Refusal(503, `Umbel is stopping; task ${taskId} was sent and goes on.`, {
      members: { 'task-id': taskId, state: result.state },
    });
  }
  throw new Refusal(
    504,
    `Task ${taskId} did not end within ${values.timeout} s; it goes on, and /api/task/result/${taskId} will tell.`,
    { members: { 'task-id': taskId, state: result.state } },
  );
};

export const asyncApplyTask: Handler<typeof contract.asyncApplyTask> = async ({
  target,
  values,
  desk,
  trail,
  nowMs,
}) => {
  const request = toSendRequest(target, values, nowMs);
  await desk.requireRegistered(target);
  return sent(await desk.send(request), trail);
};

export const sendTask: Handler<typeof contract.sendTask> = async ({ target, values, desk, trail, nowMs }) =>
  sent(await desk.send(toSendRequest(target, values, nowMs)), trail);

function sent(taskId: string, trail: Trail): contract.SentReply {
  trail.detail = `Sent ${taskId}`;
  return { 'task-id': taskId, state: 'PENDING' };
}
