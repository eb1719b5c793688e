// The one thing a collector says: "announce yourselves". Workers answer the control command `heartbeat` with a worker-heartbeat event.
import { type Broker, CeleryError, commands, formatControlRequest } from '@umbel/celery';

/**
 * Asks all workers to send a heartbeat event. No reply is wanted, so no reply queue is needed.
 * @returns whether the broker took the request
 */
export async function askForHeartbeats(broker: Broker): Promise<boolean> {
  const request = formatControlRequest({ ...commands.heartbeat(), destination: null }, { expiresS: 0 });
  try {
    await broker.broadcast(request);
    return true;
  } catch (error) {
    if (error instanceof CeleryError) return false;
    throw error;
  }
}
