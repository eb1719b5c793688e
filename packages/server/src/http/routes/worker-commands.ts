// Handlers that command one worker.
import { commands, type ControlRequest } from '@umbel/celery';
import type * as contract from '../../contract/worker-commands.ts';
import { InvalidRequest } from '../../contract/parameter.ts';
import type { CommandReply } from '../../contract/command-reply.ts';
import type { Desk } from '../../desk/desk.ts';
import type { Handler } from '../api-request.ts';
import { toCommandReply } from '../command-outcome.ts';
import { Refusal } from '../errors.ts';

async function command(
  desk: Desk,
  worker: string,
  request: ControlRequest,
  done?: string,
): Promise<CommandReply> {
  return toCommandReply(await desk.command(request, worker), done);
}

export const shutdownWorker: Handler<typeof contract.shutdownWorker> = async ({ target, desk }) => {
  const { stopped } = await desk.shutdown(target);
  return {
    message: stopped ? `Shut down '${target}'` : `Shutting down '${target}': it is finishing its tasks`,
    stopped,
  };
};

export const restartPool: Handler<typeof contract.restartPool> = ({ target, desk }) =>
  command(desk, target, commands.poolRestart(), `Restarting '${target}' worker's pool`);

export const growPool: Handler<typeof contract.growPool> = ({ target, values: { n }, desk }) =>
  command(desk, target, commands.poolGrow(n), `Growing '${target}' worker's pool by ${n}`);

export const shrinkPool: Handler<typeof contract.shrinkPool> = async ({ target, values: { n }, desk }) => {
  // A worker takes its idle processes away, all if need be, before it says that these were too few.
  const size = await desk.poolSize(target);
  if (size !== null && n >= size) {
    throw new Refusal(
      409,
      `${target} has ${size} pool process${size === 1 ? '' : 'es'}; at least one must stay, or it would run no task any more.`,
    );
  }
  return command(desk, target, commands.poolShrink(n), `Shrinking '${target}' worker's pool by ${n}`);
};

export const autoscalePool: Handler<typeof contract.autoscalePool> = async ({
  target,
  values: { min, max },
  desk,
}) => {
  if (min > max)
    throw new InvalidRequest(`min must not be larger than max, and ${min} is larger than ${max}.`);
  return command(
    desk,
    target,
    commands.autoscale(min, max),
    `Autoscaling '${target}' worker (min=${min}, max=${max})`,
  );
};

export const addConsumer: Handler<typeof contract.addConsumer> = ({ target, values, desk }) =>
  command(
    desk,
    target,
    commands.addConsumer(values.queue, {
      exchange: values.exchange,
      exchangeType: values.exchange_type,
      routingKey: values.routing_key,
    }),
  );

export const cancelConsumer: Handler<typeof contract.cancelConsumer> = ({ target, values, desk }) =>
  command(desk, target, commands.cancelConsumer(values.queue));
