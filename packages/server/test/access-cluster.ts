// A Redis with a worker, Umbels on it that somebody has to sign in to, and the ways to do that, for tests of access.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, startRedis, startWorker, type TestScope, tempFolder, until } from '@umbel/testkit';
import { startUmbel, type UmbelProcess } from './start-umbel.ts';

export const MAIN = join(import.meta.dirname, '../src/main.ts');
const CLOSED = { FLOWER_UNAUTHENTICATED_API: '' };

/** Runs the command line to its end. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; text: string }> {
  const child = await startProcess(process.execPath, ['--conditions=source', MAIN, ...args], {
    env: {
      CELERY_BROKER_URL: '',
      CELERY_RESULT_BACKEND: '',
      FLOWER_UNAUTHENTICATED_API: '',
      UMBEL_BROKER: 'redis://127.0.0.1:1/0',
      ...env,
    },
  });
  const { code } = await child.exited;
  return { code, text: child.log() };
}

export const basic = (credentials: string) => ({ authorization: `Basic ${btoa(credentials)}` });
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const asText = (headers: Headers, name: string) => headers.get(name) ?? '';

/** `name=value` of a cookie that a reply sets. */
export function cookieOf(headers: Headers): string {
  const [cookie] = headers.getSetCookie().filter((line) => line.includes('umbel_session='));
  assert.ok(cookie, 'no session cookie');
  return cookie.split(';', 1)[0] ?? '';
}

export async function linkOf(umbel: UmbelProcess): Promise<string> {
  let link: string | undefined;
  await until(
    async () => {
      link = /http:\/\/\S+\/login\/link\?token=\S+/.exec(umbel.process.log())?.[0];
      return link !== undefined;
    },
    { what: () => `a link in\n${umbel.process.log()}` },
  );
  return link ?? '';
}

const CONFIG = `
roles:
  watcher: {rights: [view]}
  mailers: {rights: [operator], queues: ['mail*']}
grants:
  - 'ada=admin'
  - 'olga=operator'
  - 'mel=mailers'
  - 'vera=viewer'
  - 'blind=watcher'
`;

/** `ada:pw-ada` and the like, as startWithRoles knows them. */
export const as = (name: string) => ({ headers: basic(`${name}:pw-${name}`) });

/** Started when first asked for, ended with the scope. */
export function accessCluster(scope: TestScope) {
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  let worker: Awaited<ReturnType<typeof startWorker>> | undefined;

  async function cluster(): Promise<{ broker: string; hostname: string }> {
    redis ??= await startRedis(scope);
    worker ??= await startWorker(scope, {
      brokerUrl: redis.url,
      resultBackend: redis.url,
      queues: ['celery', 'mail'],
    });
    return { broker: redis.url, hostname: worker.hostname };
  }

  async function start(
    t: TestScope,
    options: { args?: readonly string[]; env?: Readonly<Record<string, string>>; db?: string } = {},
  ): Promise<UmbelProcess> {
    const { broker } = await cluster();
    return startUmbel(t, {
      broker,
      resultBackend: broker,
      ...options,
      env: { ...CLOSED, ...options.env },
    });
  }

  /** One of each role, by name and password. */
  async function startWithRoles(t: TestScope, args: readonly string[] = []): Promise<UmbelProcess> {
    const config = join(tempFolder(t), 'umbel.yaml');
    writeFileSync(config, CONFIG);
    return start(t, {
      args: ['--config', config, ...args],
      env: { UMBEL_BASIC_AUTH: 'ada:pw-ada,olga:pw-olga,mel:pw-mel,vera:pw-vera,blind:pw-blind' },
    });
  }

  return {
    cluster,
    start,
    startWithRoles,
    workerIsRunning: () => worker?.running() === true,
  };
}
