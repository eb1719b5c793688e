// Umbel on a history that is there already, as users start it, with the time it took to be ready.
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type OwnedProcess, startProcess, type TestScope } from '@umbel/testkit';

const server = resolve(import.meta.dirname, '../../packages/server');
const LOOK_EVERY_MS = 5;
const TIMEOUT_MS = 120_000;

export interface StartedUmbel {
  readonly url: string;
  readonly process: OwnedProcess;
  /** From the start of the process until /readyz answers 200. */
  readonly readyMs: number;
}

export interface StartOptions {
  readonly broker: string;
  readonly db: string;
  /** As `npm run build` left it, instead of its sources. */
  readonly built: boolean;
  readonly args?: readonly string[];
}

export async function startOn(
  t: TestScope,
  { broker, db, built, args = [] }: StartOptions,
): Promise<StartedUmbel> {
  const port = await freePort();
  const main = built
    ? [join(server, 'dist/main.js')]
    : ['--conditions=source', '--max-semi-space-size=4', join(server, 'src/main.ts')];
  const startedMs = performance.now();
  const umbel = await startProcess(
    process.execPath,
    [...main, '--broker', broker, '--port', `${port}`, '--db', db, ...args],
    { env: { ...process.env, FLOWER_UNAUTHENTICATED_API: 'true', UMBEL_LOG_LEVEL: 'warn' } },
  );
  t.after(() => umbel.stop({ graceMs: 30_000 }));
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (!umbel.running()) throw new Error(`Umbel ended at once:\n${umbel.log()}`);
    if (performance.now() - startedMs > TIMEOUT_MS) throw new Error(`Umbel is not ready:\n${umbel.log()}`);
    await sleep(LOOK_EVERY_MS);
  }
  return { url, process: umbel, readyMs: performance.now() - startedMs };
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
