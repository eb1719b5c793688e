// Real Celery workers running the application `shop` of packages/testkit/python.
import { randomBytes } from 'node:crypto';
import { type OwnedProcess, startProcess } from './owned-process.ts';
import { pythonEnvironment } from './python.ts';
import { type CeleryVersion, venvPython } from './python-venv.ts';
import { tempFolder } from './temp-folder.ts';
import { absent, type TestScope } from './test-scope.ts';
import { until } from './until.ts';

export interface WorkerOptions {
  brokerUrl: string;
  /** Without it the worker has no result backend. */
  resultBackend?: string;
  /** The part before `@`, or a whole `name@host`. Default: a new name at `test`. */
  name?: string;
  /** Module of the Celery application. Default `shop`. */
  app?: string;
  /** Default `solo`: starts quickest, runs one task at a time and cannot terminate or time-limit one. */
  pool?: 'prefork' | 'solo' | 'threads';
  /** Default 2 (has no meaning for `solo`). */
  concurrency?: number;
  queues?: readonly string[];
  /** Further arguments of `celery worker`. */
  args?: readonly string[];
  /** Default 5.7. */
  celery?: CeleryVersion;
  /** Further environment; `CELERY_CONF` may hold JSON of Celery settings for `shop`. */
  env?: Readonly<Record<string, string>>;
  /** Send events (`-E`). Default true. */
  events?: boolean;
}

export interface CeleryWorker {
  /** Its name in events and control, e.g. `w1a2b@test`. */
  readonly hostname: string;
  readonly pid: number;
  log(): string;
  running(): boolean;
  readonly exited: OwnedProcess['exited'];
  /** Warm shutdown (SIGTERM): it says good-bye with a worker-offline event. Killed after 15 s. */
  stop(): Promise<void>;
  /** SIGKILL to it and its pool: it dies without a word. */
  kill(): Promise<void>;
  /** Sends a signal to the main process, e.g. SIGSTOP to freeze it. */
  signal(name: NodeJS.Signals): void;
}

/** Starts a worker and waits until it says that it is ready. Skips or fails the test when there is no Python. */
export async function startWorker(t: TestScope, options: WorkerOptions): Promise<CeleryWorker> {
  const python = await venvPython(options.celery ?? '5.7').catch((error: Error) => absent(t, error.message));
  const name = options.name ?? `w${randomBytes(3).toString('hex')}`;
  const hostname = name.includes('@') ? name : `${name}@test`;
  const args = [
    '-m',
    'celery',
    '-A',
    options.app ?? 'shop',
    'worker',
    '--loglevel',
    'INFO',
    '-n',
    hostname,
    '--pool',
    options.pool ?? 'solo',
    '--concurrency',
    `${options.concurrency ?? 2}`,
    ...(options.events === false ? [] : ['-E']),
    ...(options.queues ? ['-Q', options.queues.join(',')] : []),
    ...(options.args ?? []),
  ];
  const worker = await startProcess(python, args, {
    cwd: tempFolder(t),
    env: {
      ...pythonEnvironment(),
      BROKER_URL: options.brokerUrl,
      RESULT_BACKEND: options.resultBackend,
      ...options.env,
    },
  });
  t.after(() => worker.kill());
  const isReady = (): boolean => worker.log().includes(`${hostname} ready.`);
  await until(() => isReady() || !worker.running(), {
    timeoutMs: 60_000,
    what: () => `Celery worker ${hostname} to be ready; it said:\n${worker.log()}`,
  });
  if (!worker.running()) throw new Error(`Celery worker ${hostname} ended at once:\n${worker.log()}`);
  return {
    hostname,
    pid: worker.pid,
    log: () => worker.log(),
    running: () => worker.running(),
    get exited() {
      return worker.exited;
    },
    stop: () => worker.stop({ graceMs: 15_000 }),
    kill: () => worker.kill(),
    signal: (signal) => worker.signal(signal),
  };
}
