// A PostgreSQL database for one test, on a server that the tests of a process share (starting one takes seconds, a database a
// fraction), or on a server of the test's own that it may stop and restart.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { openPostgresServer, type PostgresServer } from './postgres-server.ts';
import { AbsentError, absent, type TestScope } from './test-scope.ts';

export interface PostgresOptions {
  /** A server of this test's own. Takes some seconds to start. */
  private?: boolean;
  /** Settings of a private server by name, e.g. `{ max_connections: '5' }`. */
  settings?: Readonly<Record<string, string>>;
}

export interface PostgresDatabase {
  /** `postgres://umbel@127.0.0.1:port/database`; may do anything in it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The server's process. */
  pid(): number;
  /** Runs one statement on a connection of its own. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Breaks off all connections to this database. */
  disconnectAll(): Promise<void>;
  /** Ends the server in order. Only for a private one. */
  stop(): Promise<void>;
  /** Kills the server. Only for a private one. */
  kill(): Promise<void>;
  /** Ends the server, if it runs, and starts it again with its data at the same port. Only for a private one. */
  restart(): Promise<void>;
  /** What the server wrote, since its last start. */
  log(): string;
}

/** Makes an empty database of this test's own; dropped after the test. Skips or fails the test when PostgreSQL is not installed. */
export async function startPostgres(t: TestScope, options: PostgresOptions = {}): Promise<PostgresDatabase> {
  const orAbsent = (error: unknown): never => {
    if (error instanceof AbsentError) absent(t, error.message);
    throw error;
  };
  const own = options.private ? await openPostgresServer(options.settings).catch(orAbsent) : null;
  if (own) t.after(() => own.close());
  const server = own ?? (await sharedServer().catch(orAbsent));
  const database = `t_${randomBytes(5).toString('hex')}`;
  await query(server.url('postgres'), `CREATE DATABASE ${database}`);
  // A private server goes as a whole.
  if (!own)
    t.after(async () => void (await query(server.url('postgres'), `DROP DATABASE ${database} WITH (FORCE)`)));
  const onlyPrivate = async (): Promise<never> => {
    throw new Error('this PostgreSQL is shared with other tests: ask for { private: true }');
  };
  return {
    url: server.url(database),
    host: server.host,
    port: server.port,
    database,
    pid: () => server.pid(),
    query: (sql, values) => query(server.url(database), sql, values),
    disconnectAll: async () => {
      const all = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1';
      await query(server.url('postgres'), all, [database]);
    },
    stop: () => (own ? own.stop() : onlyPrivate()),
    kill: () => (own ? own.kill() : onlyPrivate()),
    restart: () => (own ? own.restart() : onlyPrivate()),
    log: () => server.log(),
  };
}

let shared: Promise<PostgresServer> | null = null;

/** Ends with this process. */
function sharedServer(): Promise<PostgresServer> {
  shared ??= openPostgresServer().then((server) => {
    process.once('beforeExit', () => void server.close());
    return server;
  });
  return shared;
}

async function query(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // Tests end servers on purpose; a client that tells of it must not end the test process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
