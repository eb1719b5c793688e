// Umbel as its own process, as a user starts it, for tests that ask it over HTTP.
import { join } from 'node:path';
import { freePort, type OwnedProcess, startProcess, type TestScope, tempFolder, until } from '@umbel/testkit';

export interface UmbelOptions {
  broker: string;
  resultBackend?: string;
  /** Default: a free one. */
  port?: number;
  /** Path of the SQLite file, or the URL of a PostgreSQL database. Default: a file in a folder of the test. */
  db?: string;
  /** `serve` has no collector of its own. Default: both halves. */
  role?: 'serve';
  /** Further command line arguments. */
  args?: readonly string[];
  /** Further environment. Default: the API is open. */
  env?: Readonly<Record<string, string>>;
}

/** What the tests look at in replies. A member that is missing is undefined and fails the assertion that wanted it. */
export interface ReplyBody {
  readonly error?: string;
  readonly status?: number;
  readonly 'task-id'?: string;
  readonly 'task-types'?: readonly string[];
  readonly state?: string;
  readonly result?: unknown;
  readonly traceback?: string;
  readonly tasks?: readonly TaskBody[];
  readonly total?: number;
  readonly limit?: number;
  readonly offset?: number;
}

export interface TaskBody {
  readonly uuid: string;
  readonly name?: string;
  readonly state?: string;
  readonly args?: unknown;
  readonly kwargs?: unknown;
  readonly result?: unknown;
  readonly exception?: string;
  readonly worker?: string;
  readonly retries?: number;
  readonly eta?: string;
  readonly received?: number;
  readonly started?: number;
  readonly succeeded?: number;
  readonly runtime?: number;
  readonly history?: readonly { readonly state: string }[];
}

export interface WorkerBody {
  readonly status?: string;
  readonly active?: number;
  readonly processed?: number;
  readonly load?: readonly number[];
  readonly registered?: readonly string[];
  readonly active_queues?: readonly { readonly name: string }[];
  readonly concurrency?: number;
  readonly stats?: {
    readonly pid?: number;
    readonly total?: Readonly<Record<string, number>>;
    readonly pool?: { readonly processes?: readonly number[] };
    readonly autoscaler?: { readonly min?: number; readonly max?: number };
  };
}

export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; an empty object when it is none. */
  readonly json: T;
}

export interface UmbelProcess {
  readonly url: string;
  readonly db: string;
  readonly process: OwnedProcess;
  get<T = ReplyBody>(path: string, init?: RequestInit): Promise<Reply<T>>;
  /** POST; `body` is sent as JSON unless it is a text or form already. */
  post(path: string, body?: unknown, init?: RequestInit): Promise<Reply<ReplyBody>>;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** Starts Umbel and waits until it answers. */
export async function startUmbel(t: TestScope, options: UmbelOptions): Promise<UmbelProcess> {
  const port = options.port ?? (await freePort());
  const db = options.db ?? join(tempFolder(t), 'umbel.db');
  const role = options.role === undefined ? [] : [options.role];
  const umbel = await startMain(t, [...role, '--port', `${port}`, '--db', db, ...(options.args ?? [])], {
    UMBEL_BROKER: options.broker,
    UMBEL_RESULT_BACKEND: options.resultBackend ?? '',
    FLOWER_UNAUTHENTICATED_API: 'true',
    ...options.env,
  });
  const url = `http://127.0.0.1:${port}`;
  await until(
    async () => {
      if (!umbel.running()) throw new Error(`Umbel ended at once:\n${umbel.log()}`);
      return fetch(`${url}/healthz`).then(
        // With a prefix there is nothing at this path, which is an answer too.
        (reply) => reply.ok || reply.status === 404,
        () => false,
      );
    },
    { timeoutMs: 20_000, what: () => `Umbel to answer; it said:\n${umbel.log()}` },
  );
  return {
    url,
    db,
    process: umbel,
    get: async <T>(path: string, init?: RequestInit) => toReply<T>(await fetch(url + path, init)),
    post: async (path, body, init = {}) =>
      toReply(await fetch(url + path, { method: 'POST', ...bodyOf(body), ...init })),
    async stop() {
      umbel.signal('SIGTERM');
      return (await umbel.exited).code;
    },
  };
}

/** Starts `umbel collect`, which answers nobody: whether it does its part the history knows. */
export function startCollector(
  t: TestScope,
  { broker, db }: { broker: string; db: string },
): Promise<OwnedProcess> {
  return startMain(t, ['collect', '--db', db], { UMBEL_BROKER: broker });
}

async function startMain(
  t: TestScope,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<OwnedProcess> {
  const umbel = await startProcess(
    process.execPath,
    ['--conditions=source', MAIN, ...args, '--log-format', 'json'],
    { env: { CELERY_BROKER_URL: '', CELERY_RESULT_BACKEND: '', ...env } },
  );
  t.after(() => umbel.kill());
  return umbel;
}

function bodyOf(body: unknown): RequestInit {
  if (body === undefined) return {};
  if (typeof body === 'string' || body instanceof URLSearchParams || body instanceof FormData)
    return { body };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function toReply<T>(response: Response): Promise<Reply<T>> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : {}) as T,
  };
}
