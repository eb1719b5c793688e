// Events of a whole cluster, decoded as they arrive. Connection, subscription and their return after a failure are the broker's.
import type { Broker, EventSubscription } from '../broker/broker.ts';
import type { CeleryEvent } from './celery-event.ts';
import { decodeEvents, type DecodeOptions } from './decode-events.ts';
import type { DropReason } from './drop-reason.ts';

export interface EventReceiver extends DecodeOptions {
  /** The events of one message, at least one. Must not throw. */
  onEvents(events: readonly CeleryEvent[]): void;
  /** Something could not be used. `detail` is for a log line and not to be trusted. Must not throw. */
  onDropped(reason: DropReason, detail: string): void;
}

/** Receives every event that arrives from now on until the subscription is closed. Returns at once; see `Broker.consumeEvents`. */
export function receiveEvents(broker: Broker, receiver: EventReceiver): Promise<EventSubscription> {
  return broker.consumeEvents(
    (message) => {
      const { events, dropped } = decodeEvents(message, receiver);
      if (events.length > 0) receiver.onEvents(events);
      for (const { reason, detail } of dropped) receiver.onDropped(reason, detail);
    },
    (reason, detail) => receiver.onDropped('not_message', `${reason}: ${detail}`),
  );
}
