// `npm run demo`: Umbel before a small shop that runs on real Celery. Starts a Redis of its own on a free port, two workers,
// customers, then Umbel; ends all of them at Ctrl-C, SIGTERM, or when one of them fails. Touches nothing that it did not start
// and leaves no files but the Python environment in `.cache`.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CeleryWorker,
  isFreePort,
  type OwnedProcess,
  pythonEnvironment,
  type RedisServer,
  startProcess,
  startRedis,
  startWorker,
  tempFolder,
  type TestScope,
  until,
  venvPython,
} from '@umbel/testkit';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const demoFolder = join(root, 'scripts/demo');
const FIRST_PORT = 5555;
const LAST_PORT = 5655;

const say = (text: string): void => console.log(text);

const started = new AsyncDisposableStack();
const scope: TestScope = {
  after: (cleanUp) => {
    started.defer(async () => await cleanUp());
  },
};
let stopping = false;

/** Settles when the demo is to end: with the exit code. */
const ending = Promise.withResolvers<number>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.resolve(0));
start().catch((error: unknown) => {
  if (stopping) return; // what was being started has been stopped
  console.error(`The demo cannot start: ${error instanceof Error ? error.message : String(error)}`);
  ending.resolve(1);
});
const exitCode = await ending.promise;
stopping = true;
say('Stopping …');
await started.disposeAsync();
say('Everything has ended.');
// Not by itself: set-up may still be under way (pip, a server that starts). What it has started goes with this process.
process.exit(exitCode);

async function start(): Promise<void> {
  const python = await venvPython('5.7', (text) => say(`• Python: ${text}; this takes up to a minute …`));
  say('• Redis: starting one of our own …');
  const redis = await startRedis(scope);
  say(`• Redis: port ${redis.port}, process ${redis.pid}`);
  say('• Celery: starting two workers …');
  const workers = await Promise.all([
    startShopWorker(redis, 'orders@shop', 'orders'),
    startShopWorker(redis, 'background@shop', 'celery'),
  ]);
  say(`• Celery: ${workers.map(({ hostname, pid }) => `${hostname} (process ${pid})`).join(', ')}`);
  const customers = await startProcess(python, [join(demoFolder, 'produce.py')], {
    env: shopEnvironment(redis),
  });
  scope.after(() => customers.kill());
  watch('the producer', customers);
  say('• Shop: customers are coming in');
  const port = await nextFreePort();
  if (port !== FIRST_PORT) say(`• Umbel: port ${FIRST_PORT} is taken, taking ${port}`);
  const url = `http://127.0.0.1:${port}`;
  await startUmbel(redis, port, url);
  say(`
Umbel is running at ${url}

  Try:  curl '${url}/api/workers?status=1'
        curl '${url}/api/tasks?limit=3'
        curl '${url}/api/tasks?state=FAILURE&taskname=shop.payments.refund'
        curl -d '{"args": [{"order_id": 1}]}' ${url}/api/task/apply/shop.payments.charge_card

  Everything the API can do: ${url}/api/docs
  Ctrl-C ends all of it.
`);
}

async function startShopWorker(redis: RedisServer, name: string, queue: string): Promise<CeleryWorker> {
  const worker = await startWorker(scope, {
    brokerUrl: redis.url,
    resultBackend: redis.url,
    env: { PYTHONPATH: demoFolder },
    name,
    queues: [queue],
    pool: 'prefork',
    concurrency: 2,
  });
  watch(`the worker ${worker.hostname}`, worker);
  return worker;
}

function shopEnvironment(redis: RedisServer): Record<string, string> {
  return {
    ...pythonEnvironment(),
    PYTHONPATH: demoFolder,
    BROKER_URL: redis.url,
    RESULT_BACKEND: redis.url,
  };
}

async function startUmbel(redis: RedisServer, port: number, url: string): Promise<void> {
  // The history of a demo is not worth keeping.
  const database = join(tempFolder(scope), 'history.sqlite');
  const umbel = await startProcess(
    process.execPath,
    [
      '--conditions=source',
      join(root, 'packages/server/src/main.ts'),
      '--log-level',
      'warn',
      '--address',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--db',
      database,
    ],
    {
      env: {
        ...withoutSettings(),
        CELERY_BROKER_URL: redis.url,
        CELERY_RESULT_BACKEND: redis.url,
        FLOWER_UNAUTHENTICATED_API: 'true',
      },
      onOutput: (text) => process.stderr.write(text),
    },
  );
  scope.after(() => umbel.stop());
  watch('Umbel', umbel);
  await until(async () => (await fetch(`${url}/readyz`)).ok, {
    timeoutMs: 60_000,
    everyMs: 200,
    what: `${url}/readyz`,
  });
}

/** Settings that this machine's user has for an Umbel, Flower or Celery of their own must not reach the demo's. */
function withoutSettings(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => /^(UMBEL|FLOWER|CELERY)_/.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** The demo is over when one of its parts is. */
function watch(name: string, part: Pick<OwnedProcess, 'exited' | 'log'>): void {
  const tell = ({ code, signal }: Awaited<OwnedProcess['exited']>): void => {
    if (stopping) return;
    console.error(`${name} ended by itself (${signal ?? `exit code ${code}`}):\n${part.log().slice(-3_000)}`);
    ending.resolve(1);
  };
  void part.exited.then(tell);
}

async function nextFreePort(): Promise<number> {
  for (let port = FIRST_PORT; port <= LAST_PORT; port++) {
    if (await isFreePort(port)) return port;
  }
  throw new Error(`no port from ${FIRST_PORT} to ${LAST_PORT} is free`);
}
