// Where the history is kept when nobody says so: one file per broker in the user's state folder, so that two Umbels
// that watch two brokers never share one by accident.
import { join } from 'node:path';
import { parseBrokerUrl } from '@umbel/celery';
import envPaths from 'env-paths';

/** @param brokerUrl a kombu URL that parseBrokerUrl accepts; of a failover list the first one counts */
export function defaultDbPath(brokerUrl: string): string {
  return join(stateFolder(), `${fileNameFor(brokerUrl)}.db`);
}

/** XDG_STATE_HOME on Linux; elsewhere the folder for application data. */
function stateFolder(): string {
  const paths = envPaths('umbel', { suffix: '' });
  // env-paths keeps logs in XDG's state folder, which is what that folder is for.
  return process.platform === 'linux' ? paths.log : paths.data;
}

/** The broker's place without user and password: `redis-localhost-6379-0`, `amqp-rabbit.example-5672-%2F`. */
function fileNameFor(brokerUrl: string): string {
  const parsed = parseBrokerUrl(brokerUrl);
  const [first] = parsed.addresses;
  if (first === undefined) return parsed.transport;
  const place =
    'db' in first
      ? [first.socketPath ?? `${first.host}-${first.port}`, first.db]
      : [first.host, first.port, first.vhost];
  return encodeURIComponent([parsed.transport, ...place].join('-'));
}
