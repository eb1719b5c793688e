// Private Redis servers: a free port, no persistence, ended with the test.
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { type OwnedProcess, startProcess } from './owned-process.ts';
import { redisServerPath } from './redis-server-path.ts';
import { type Certificates, createCertificates } from './certificates.ts';
import { tempFolder } from './temp-folder.ts';
import { absent, type TestScope } from './test-scope.ts';
import { until } from './until.ts';

export interface RedisOptions {
  /** Further arguments of redis-server, e.g. `['--maxmemory', '10mb']`. */
  args?: readonly string[];
  /** Listen on a unix socket (too); `url` is then `redis+socket://…`. */
  unixSocket?: boolean;
  password?: string;
  /** Listen with TLS only; `url` is then `rediss://…` with the path of the CA that signed the server's certificate. */
  tls?: boolean;
}

export interface RedisServer {
  /** As Celery and Umbel take it: database 0, password and TLS parameters included. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly unixSocket: string | null;
  readonly certificates: Certificates | null;
  /** A connected client; closed after the test. */
  client(): Redis;
  stop(): Promise<void>;
  /** Ends the server, if it runs, and starts an empty one at the same address. */
  restart(): Promise<void>;
  /** Everything the server wrote, since its last start. */
  log(): string;
}

/** Starts a Redis of this test's own. Skips or fails the test when there is no redis-server to be had. */
export async function startRedis(t: TestScope, options: RedisOptions = {}): Promise<RedisServer> {
  const binary = await redisServerPath().catch((error: Error) => absent(t, error.message));
  const folder = tempFolder(t);
  const port = await freePort();
  const certificates = options.tls ? await createCertificates(t) : null;
  const unixSocket = options.unixSocket ? `${folder}/redis.sock` : null;
  const args = [
    ...(certificates
      ? ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no']
      : ['--port', `${port}`]),
    ...(certificates ? ['--tls-cert-file', certificates.cert, '--tls-key-file', certificates.key] : []),
    ...(certificates ? ['--tls-ca-cert-file', certificates.ca] : []),
    ...(unixSocket ? ['--unixsocket', unixSocket] : []),
    ...(options.password === undefined ? [] : ['--requirepass', options.password]),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
    '--daemonize',
    'no',
    ...(options.args ?? []),
  ];

  let server: OwnedProcess = await launch();
  async function launch(): Promise<OwnedProcess> {
    const started = await startProcess(binary, args);
    await until(
      () => {
        if (started.log().includes('Ready to accept connections')) return true;
        return !started.running();
      },
      { what: () => `redis-server to be ready; it said:\n${started.log()}` },
    );
    if (!started.running()) throw new Error(`redis-server ended at once:\n${started.log()}`);
    return started;
  }
  const clients: Redis[] = [];
  t.after(async () => {
    for (const client of clients) client.disconnect();
    await server.kill();
  });
  const address = { host: '127.0.0.1', port };
  return {
    ...address,
    url: redisUrl({ port, unixSocket, certificates, password: options.password }),
    get pid() {
      return server.pid;
    },
    unixSocket,
    certificates,
    client: () => {
      const client = new Redis({
        ...(unixSocket ? { path: unixSocket } : address),
        ...(options.password === undefined ? {} : { password: options.password }),
        ...(certificates ? { tls: { ca: certificates.caText } } : {}),
      });
      // Tests end servers on purpose; a client that tells of it must not end the test process.
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    stop: () => server.stop({ graceMs: 5_000 }),
    restart: async () => {
      await server.stop({ graceMs: 5_000 });
      server = await launch();
    },
    log: () => server.log(),
  };
}

function redisUrl(at: {
  port: number;
  unixSocket: string | null;
  certificates: Certificates | null;
  password: string | undefined;
}): string {
  const auth = at.password === undefined ? '' : `:${encodeURIComponent(at.password)}@`;
  if (at.unixSocket) return `redis+socket://${auth}${at.unixSocket}?virtual_host=0`;
  if (!at.certificates) return `redis://${auth}127.0.0.1:${at.port}/0`;
  const ca = encodeURIComponent(at.certificates.ca);
  return `rediss://${auth}127.0.0.1:${at.port}/0?ssl_cert_reqs=required&ssl_ca_certs=${ca}`;
}
