// How many messages wait in which queue: the queues that any known worker consumes, and those the broker reveals.
import type { Broker } from '@umbel/celery';
import { asDeskErrors } from './desk-error.ts';
import type { WorkerDetailsDesk } from './worker-details.ts';

/** @throws DeskError `broker_unavailable` */
export async function readQueueLengths(
  broker: Broker,
  details: WorkerDetailsDesk,
): Promise<Map<string, number>> {
  const consumed = [...(await details.views()).values()].flatMap((view) =>
    queueNames(view.replies['active_queues']),
  );
  return asDeskErrors(async () => {
    const names = new Set([...consumed, ...(await broker.listQueues())]);
    return broker.queueLengths([...names].sort());
  });
}

/** Names in an `active_queues` reply. */
export function queueNames(reply: unknown): string[] {
  if (!Array.isArray(reply)) return [];
  return reply
    .map((queue: unknown) => (queue as { name?: unknown } | null)?.name)
    .filter((name) => typeof name === 'string');
}
