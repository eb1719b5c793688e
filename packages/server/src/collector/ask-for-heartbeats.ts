// The one thing a collector says: "announce yourselves". Workers answer the control command `heartbeat` with a worker-heartbeat event.
import { type Broker, CeleryError, commands, encodeJsonBody } from '@umbel/celery';

/**
 * Asks all workers to send a heartbeat event. No reply is wanted, so no reply queue is needed.
 * @returns whether the broker took the request
 */
export async function askForHeartbeats(broker: Broker): Promise<boolean> {
  const body = encodeJsonBody({ ...commands.heartbeat(), destination: null, pattern: null, matcher: null });
  try {
    await broker.broadcast({
      headers: { clock: 1, expires: 0 },
      properties: { deliveryMode: 1, priority: 0 },
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      body,
    });
    return true;
  } catch (error) {
    if (error instanceof CeleryError) return false;
    throw error;
  }
}
