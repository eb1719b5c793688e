// A private PostgreSQL server: own data folder and port, trusting whoever connects, durable only as far as the test process lives.
// PostgreSQL refuses to run as root; then it runs as the user that its package made, or as nobody.
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findExecutable } from './executable.ts';
import { freePort } from './free-port.ts';
import { type OwnedProcess, processFolder, startProcess } from './owned-process.ts';
import { AbsentError } from './test-scope.ts';
import { until } from './until.ts';

export const POSTGRES_ABSENT =
  'PostgreSQL is not installed: initdb and postgres are neither on PATH nor below /usr/lib/postgresql';
const START_TIMEOUT_MS = 60_000;
/** Debian keeps the programs of a server outside PATH. */
const FOLDERS = ['/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql@*/bin'];
const USER = 'umbel';

const run = promisify(execFile);

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  pid(): number;
  /** What the server wrote, since its last start. */
  log(): string;
  /** Breaks all connections off and ends it, as an administrator would in a hurry. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again with its data at the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
  /** The URL of one of its databases. */
  url(database: string): string;
}

/** The programs that make a server; null when they are not installed. */
export function findPostgres(): { initdb: string; postgres: string } | null {
  const version = (folder: string): number => Number(/(\d+)\/bin$/.exec(folder)?.[1] ?? 0);
  const folders = globSync(FOLDERS).sort((a, b) => version(b) - version(a));
  const postgres = findExecutable('postgres', ...folders.map((folder) => join(folder, 'postgres')));
  if (postgres === null) return null;
  const initdb = findExecutable(join(dirname(postgres), 'initdb'), 'initdb');
  return initdb === null ? null : { initdb, postgres };
}

/**
 * Makes a data folder and starts a server over it (about 2 seconds).
 *
 * @param settings further settings by name, e.g. `{ max_connections: '5' }`
 * @throws AbsentError when PostgreSQL is not installed
 */
export async function openPostgresServer(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const programs = findPostgres();
  if (!programs) throw new AbsentError(POSTGRES_ABSENT);
  // Another user's process has to get through it; what lies in it stays hidden from those who do not know its name.
  chmodSync(processFolder(), 0o711);
  const folder = mkdtempSync(join(processFolder(), 'postgres-'));
  const owner = process.getuid?.() === 0 ? await ordinaryUser() : null;
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const { command, words } = asOwner(owner, programs.initdb);
  await run(
    command,
    [
      ...words,
      '--pgdata',
      data,
      '--username',
      USER,
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
    ],
    { cwd: folder },
  );
  const port = await freePort();
  const url = (database: string): string => `postgres://${USER}@127.0.0.1:${port}/${database}`;
  let server = await launch();

  async function launch(): Promise<OwnedProcess> {
    const all: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      port: `${port}`,
      unix_socket_directories: '',
      fsync: 'off',
      full_page_writes: 'off',
      shared_buffers: '64MB',
      max_wal_size: '256MB',
      log_min_messages: 'warning',
      ...settings,
    };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const program = asOwner(owner, programs?.postgres ?? '');
    const started = await startProcess(program.command, [...program.words, '-D', data, ...options], {
      cwd: folder,
    });
    await until(async () => !started.running() || (await answers(url('postgres'))), {
      timeoutMs: START_TIMEOUT_MS,
      everyMs: 50,
      what: () => `postgres to be ready; it said:\n${started.log()}`,
    });
    if (!started.running()) throw new Error(`postgres ended at once:\n${started.log()}`);
    return started;
  }
  const stop = (): Promise<void> => server.stop({ signal: 'SIGINT', graceMs: 10_000 });
  return {
    host: '127.0.0.1',
    port,
    url,
    pid: () => server.pid,
    log: () => server.log(),
    stop,
    kill: async () => {
      const backends = childrenOf(server.pid);
      await server.kill();
      // They are in groups of their own, and go on answering for a while.
      for (const pid of backends) killNow(pid);
    },
    restart: async () => {
      await stop();
      server = await launch();
    },
    close: async () => {
      // Not killed: its last act is to give its shared memory back to the system.
      await stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Becomes the program, so that its process is ours to signal. */
function asOwner(owner: Owner | null, program: string): { command: string; words: readonly string[] } {
  if (owner === null) return { command: program, words: [] };
  const who = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  return { command: 'setpriv', words: [...who, '--', program] };
}

async function ordinaryUser(): Promise<Owner> {
  if (findExecutable('setpriv') === null) {
    throw new AbsentError(
      'PostgreSQL does not run as root, and setpriv, to run it as somebody else, is not installed',
    );
  }
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = async (flag: string): Promise<number> => Number((await run('id', [flag, name])).stdout);
      return { uid: await id('-u'), gid: await id('-g') };
    } catch {
      // no such user
    }
  }
  throw new AbsentError(
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody',
  );
}

/** Processes that a process has started, as far as /proc tells. */
function childrenOf(pid: number): number[] {
  return globSync('/proc/[0-9]*/stat').flatMap((path) => {
    try {
      const [, own, parent] = /^(\d+) \(.*\) \S+ (\d+) /s.exec(readFileSync(path, 'utf8')) ?? [];
      return Number(parent) === pid ? [Number(own)] : [];
    } catch {
      return []; // it has just ended
    }
  });
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
