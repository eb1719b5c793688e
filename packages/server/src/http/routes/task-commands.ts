// Handlers that change what workers do with tasks.
import { commands, parseSignal } from '@umbel/celery';
import { InvalidRequest } from '../../contract/parameter.ts';
import type * as contract from '../../contract/task-commands.ts';
import type { Handler } from '../api-request.ts';
import { toCommandReply } from '../command-outcome.ts';

export const revokeTask: Handler<typeof contract.revokeTask> = async ({ target, values, desk }) => {
  const request = commands.revoke([target], {
    terminate: values.terminate,
    signal: parseSignal(values.signal),
  });
  return toCommandReply(await desk.command(request, null), `Revoked '${target}'`);
};

export const setTimeLimits: Handler<typeof contract.setTimeLimits> = async ({ target, values, desk }) => {
  const { soft, hard, workername = null } = values;
  if (soft === undefined && hard === undefined) {
    throw new InvalidRequest('soft or hard is missing: give one of them or both.');
  }
  if (soft !== undefined && hard !== undefined && soft > hard) {
    throw new InvalidRequest(`soft must not be larger than hard, and ${soft} is larger than ${hard}.`);
  }
  const request = commands.timeLimit(target, { softS: soft, hardS: hard });
  await desk.requireRegistered(target);
  return toCommandReply(await desk.command(request, workername));
};

export const setRateLimit: Handler<typeof contract.setRateLimit> = async ({ target, values, desk }) => {
  const request = commands.rateLimit(target, values.ratelimit);
  await desk.requireRegistered(target);
  return toCommandReply(await desk.command(request, values.workername ?? null));
};

export const abortTask: Handler<typeof contract.abortTask> = async ({ target, desk }) => {
  await desk.abort(target);
  return { message: `Aborted '${target}'` };
};
