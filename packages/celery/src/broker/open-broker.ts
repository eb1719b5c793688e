// Picks the transport by the URL's scheme, and loads only that one: each costs memory on every thread that opens a broker.
import type { Broker } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import { parseBrokerUrl } from './broker-url.ts';

/**
 * Opens a broker. Returns soon and connects in the background; `connection` says how that goes.
 * @throws CeleryError `bad_url`, `unsupported_transport`, `bad_argument`: what no waiting would heal
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  if (parseBrokerUrl(options.url).transport === 'redis') {
    const { openRedisBroker } = await import('./redis-broker.ts');
    return openRedisBroker(options);
  }
  const { openAmqpBroker } = await import('./amqp-broker.ts');
  return openAmqpBroker(options);
}
