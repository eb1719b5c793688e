// A RabbitMQ vhost for one test, on a server that the test run shares (starting one takes seconds, a vhost milliseconds),
// or on a server of the test's own that it may stop and restart.
import { randomBytes } from 'node:crypto';
import { openRabbitServer, type RabbitServer } from './rabbit-server.ts';
import { AbsentError, absent, type TestScope } from './test-scope.ts';

/** Set by scripts/test.ts: the JSON address of the server that all test processes share. */
export const SHARED_RABBIT_VARIABLE = 'UMBEL_TEST_RABBIT';

export interface RabbitOptions {
  /** A server of this test's own. Takes some seconds to start. */
  private?: boolean;
}

/** What a RabbitMQ server can be reached by. */
export interface RabbitAddress {
  readonly host: string;
  readonly port: number;
  /** With TLS. */
  readonly tlsPort: number;
  /** PEM file of the CA that signed the server's certificate. */
  readonly ca: string;
  /** Base URL of the management HTTP API, e.g. `http://127.0.0.1:15672`. */
  readonly managementUrl: string;
}

export interface RabbitVhost extends RabbitAddress {
  /** `amqp://guest:guest@127.0.0.1:port/vhost` */
  readonly url: string;
  /** `amqps://…` with the path of the CA as kombu's Redis URLs have it; Celery itself wants `broker_use_ssl` here. */
  readonly tlsUrl: string;
  readonly vhost: string;
  /**
   * Calls the management API as guest, e.g. `api('GET', '/api/queues/{vhost}')`; `{vhost}` stands for this vhost.
   *
   * @returns the JSON of the answer, or null when it has no body
   * @throws on a status of 400 or more
   */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Asks the server to end: takes some seconds. Only for a private one. */
  stop(): Promise<void>;
  /** Kills the server: quick. Only for a private one. */
  kill(): Promise<void>;
  /** Ends the server, if it runs, and starts it again with its data at the same ports. Only for a private one. */
  restart(): Promise<void>;
  /** Runs rabbitmqctl on it and returns what it printed. Only for a private one. */
  ctl(...args: string[]): Promise<string>;
  /** The server's process; null when it is shared. */
  readonly pid: number | null;
}

/** Makes a vhost of this test's own; dropped after the test. Skips or fails the test when there is no rabbitmq-server. */
export async function startRabbit(t: TestScope, options: RabbitOptions = {}): Promise<RabbitVhost> {
  const orAbsent = (error: unknown): never => {
    if (error instanceof AbsentError) absent(t, error.message);
    throw error;
  };
  const own: RabbitServer | null = options.private ? await openRabbitServer().catch(orAbsent) : null;
  if (own) t.after(() => own.close());
  const address: RabbitAddress = own ?? (await sharedServer().catch(orAbsent));
  const vhost = `t-${randomBytes(4).toString('hex')}`;
  const { host, port, tlsPort, ca, managementUrl } = address;

  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const url = managementUrl + path.replaceAll('{vhost}', vhost);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  await api('PUT', '/api/vhosts/{vhost}');
  // A private server goes as a whole.
  if (!own) t.after(async () => void (await api('DELETE', '/api/vhosts/{vhost}')));
  const onlyPrivate = async (): Promise<never> => {
    throw new Error('this RabbitMQ is shared with other tests: ask for { private: true }');
  };
  return {
    host,
    port,
    tlsPort,
    ca,
    managementUrl,
    vhost,
    api,
    url: `amqp://guest:guest@${host}:${port}/${vhost}`,
    tlsUrl: `amqps://guest:guest@${host}:${tlsPort}/${vhost}?ssl_ca_certs=${encodeURIComponent(ca)}`,
    stop: () => (own ? own.stop() : onlyPrivate()),
    kill: () => (own ? own.kill() : onlyPrivate()),
    restart: () => (own ? own.restart() : onlyPrivate()),
    ctl: (...args) => (own ? own.ctl(...args) : onlyPrivate()),
    get pid() {
      return own?.pid() ?? null;
    },
  };
}

let shared: Promise<RabbitAddress> | null = null;

/** The run's server; without a run around it, one for this process that ends with the process. */
function sharedServer(): Promise<RabbitAddress> {
  const given = process.env[SHARED_RABBIT_VARIABLE];
  if (given) return Promise.resolve(JSON.parse(given) as RabbitAddress);
  shared ??= openRabbitServer();
  return shared;
}
