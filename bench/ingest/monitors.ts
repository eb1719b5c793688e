// The monitors that the benchmark compares: how each is started on a broker, and how it is asked from outside whether it
// has taken everything in.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  freePort,
  type OwnedProcess,
  startProcess,
  type TestScope,
  tempFolder,
  until,
  venvPython,
} from '@umbel/testkit';
import { chunkOf } from '../../packages/server/src/store/sqlite/columns/chunks.ts';
import { STAY_OPEN } from '../../packages/server/src/store/sqlite/columns/columns-upkeep.ts';
import { type FloodFacts, type FloodPlan, sampleOf } from './synthetic-events.ts';

const root = resolve(import.meta.dirname, '../..');
const server = join(root, 'packages/server');
const START_TIMEOUT_MS = 30_000;

export interface Monitor {
  readonly process: OwnedProcess;
  /** Whether everything has arrived. Cheap for the monitor: it is asked while the clock runs. */
  isComplete(facts: FloodFacts): Promise<boolean>;
  /** How far it says to be behind the events, seconds; always 0 for one that does not say. */
  lagSeconds(): Promise<number>;
  /** Chunks of tasks that are still to be made quick to look through, which can wait until there is time; always 0 for one that has none. */
  chunksLeft(): number;
  /** Looks closer when the clock has stopped; throws when something is missing or wrong. */
  verify(facts: FloodFacts, plan: FloodPlan): Promise<void>;
}

export interface MonitorOptions {
  /** Umbel as `npm run build` left it, as it is published, instead of its sources. */
  readonly built: boolean;
}

export type StartMonitor = (t: TestScope, brokerUrl: string, options: MonitorOptions) => Promise<Monitor>;

async function json<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Umbel as users start it: with the durable store. */
export const startUmbel: StartMonitor = async (t, brokerUrl, { built }) => {
  const port = await freePort();
  const main = built ? [`${server}/dist/main.js`] : [...startOptions(), `${server}/src/main.ts`];
  const path = resolve(tempFolder(t), 'umbel.db');
  const args = ['--broker', brokerUrl, '--port', `${port}`, '--db', path];
  const umbel = await startProcess(process.execPath, [...main, ...args], {
    env: {
      ...process.env,
      // Given by bootstrap.mjs, which the built package has not.
      NODE_COMPILE_CACHE: built ? undefined : process.env['NODE_COMPILE_CACHE'],
      FLOWER_UNAUTHENTICATED_API: 'true',
    },
  });
  t.after(() => umbel.stop({ graceMs: 15_000 }));
  return { ...(await askUmbel(umbel, port)), chunksLeft: () => unsealedChunks(path) };
};

/** @returns when it is ready; without `chunksLeft`, which is asked of a file */
export async function askUmbel(umbel: OwnedProcess, port: number): Promise<Omit<Monitor, 'chunksLeft'>> {
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/readyz`)).ok, {
    timeoutMs: START_TIMEOUT_MS,
    what: () => `Umbel to be ready; it said:\n${umbel.log()}`,
  });
  const total = async (state: string): Promise<number> =>
    (await json<{ total: number }>(`${url}/api/tasks?limit=1&state=${state}`)).total;
  return {
    process: umbel,
    isComplete: async ({ states }) =>
      (await total('SUCCESS')) === states.SUCCESS && (await total('FAILURE')) === states.FAILURE,
    lagSeconds: async () =>
      (await json<{ events: { lag_seconds: number } }>(`${url}/readyz`)).events.lag_seconds,
    verify: async (facts, plan) => {
      const all = (await json<{ total: number }>(`${url}/api/tasks?limit=1`)).total;
      if (all !== facts.tasks) throw new Error(`Umbel holds ${all} tasks, not ${facts.tasks}`);
      for (const expected of sampleOf(plan)) {
        const task = await json<Record<string, unknown>>(`${url}/api/task/info/${expected.uuid}`);
        for (const [field, value] of Object.entries(expected)) {
          if (task[field] !== value)
            throw new Error(`${expected.uuid}: ${field} is ${String(task[field])}, not ${String(value)}`);
        }
      }
    },
  };
}

/** Full ones, but those that always stay open (columns-upkeep.ts). Asked of the file, so that Umbel has no work with it. */
function unsealedChunks(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const row = database
      .prepare('SELECT (SELECT max(id) FROM tasks) AS last, (SELECT count(*) FROM chunks) AS sealed')
      .get() as { last: number | null; sealed: number };
    return row.last === null ? 0 : Math.max(0, chunkOf(row.last) - STAY_OPEN - row.sealed);
  } finally {
    database.close();
  }
}

/** What `npm start` tells Node. */
export function startOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return ['--conditions=source', ...scripts.start.split(' ').filter((word) => word.startsWith('--'))];
}

/** Flower as users start it, with room for all tasks: it keeps them in memory. */
export const startFlower: StartMonitor = async (t, brokerUrl) => {
  const port = await freePort();
  const python = await venvPython('5.7');
  const args = ['--address=127.0.0.1', `--port=${port}`, '--max_tasks=10000000'];
  const flower = await startProcess(python, ['-m', 'celery', `--broker=${brokerUrl}`, 'flower', ...args], {
    env: { ...process.env, FLOWER_UNAUTHENTICATED_API: 'true' },
    cwd: tempFolder(t),
  });
  t.after(() => flower.kill());
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/healthcheck`)).ok, {
    timeoutMs: START_TIMEOUT_MS,
    what: () => `Flower to be ready; it said:\n${flower.log()}`,
  });
  // Its counters are of task events alone.
  const counted = async (): Promise<number> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return [...metrics.matchAll(/^flower_events_total\{[^}]*\} (\S+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  };
  return {
    process: flower,
    isComplete: async (facts) => (await counted()) >= facts.taskEvents,
    lagSeconds: async () => 0,
    chunksLeft: () => 0,
    verify: async (facts) => {
      const events = await counted();
      if (events !== facts.taskEvents)
        throw new Error(`Flower counted ${events} events, not ${facts.taskEvents}`);
    },
  };
};

/** Receives and parses, and keeps nothing: what is left for a monitor in Node to spend. */
export const startParsing: StartMonitor = async (t, brokerUrl) => {
  const script = resolve(import.meta.dirname, 'receive-and-parse.ts');
  const parsing = await startProcess(process.execPath, ['--conditions=source', script, brokerUrl]);
  t.after(() => parsing.kill());
  const counted = (): number => Number(parsing.log().trim().split('\n').at(-1));
  return {
    process: parsing,
    isComplete: async (facts) => counted() >= facts.events,
    lagSeconds: async () => 0,
    chunksLeft: () => 0,
    verify: async (facts) => {
      if (counted() !== facts.events) throw new Error(`${counted()} events were parsed, not ${facts.events}`);
    },
  };
};
