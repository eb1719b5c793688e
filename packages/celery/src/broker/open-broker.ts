// Picks the transport by the URL's scheme.
import type { Broker } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import { openAmqpBroker } from './amqp-broker.ts';
import { parseBrokerUrl } from './broker-url.ts';
import { openRedisBroker } from './redis-broker.ts';

/**
 * Opens a broker. Returns at once and connects in the background; `connection` says how that goes.
 * @throws CeleryError `bad_url`, `unsupported_transport`, `bad_argument`: what no waiting would heal
 */
export function openBroker(options: BrokerOptions): Promise<Broker> {
  return parseBrokerUrl(options.url).transport === 'redis'
    ? openRedisBroker(options)
    : openAmqpBroker(options);
}
