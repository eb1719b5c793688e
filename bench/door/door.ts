// `npm run bench:door`: does a flood of wrong sign-ins slow down somebody who is signed in? A real Umbel with a history, on a private
// Redis; a signed-in client asks for tasks and workers at a steady pace while a process of its own sends wrong sign-ins (Basic
// headers, forms, tokens), from one address and from very many behind a trusted proxy. Quiet and loaded rounds take turns.
// Wanted: the p99 of the signed-in within twice the quiet one of the same round; printed is the median of the rounds, because the
// machine has other things to do now and then. Exits with 1 when it is more.
// Options: --rate N (wrong sign-ins a second, default 1,000), --seconds N (a round, default 8), --rounds N (default 5),
// --tasks N (in the history, default 20,000).
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startProcess, startRedis, until } from '@umbel/testkit';
import { startUmbel, type UmbelProcess } from '../../packages/server/test/start-umbel.ts';
import { hashPassword } from '../../packages/server/src/auth/password-hash.ts';
import { processUsage } from '../ingest/process-usage.ts';
import type { FloodPlan } from '../ingest/synthetic-events.ts';
import { percentile } from './percentile.ts';
import { PATHS, signIn, type SignedInClient } from './signed-in-client.ts';
import type { WrongSignInPlan, WrongSignInReport } from './wrong-sign-ins.ts';

const WANTED_RATIO = 2;
/** Wrong sign-ins go on this much longer on both sides of what is measured. */
const LEAD_MS = 1_000;
const PASSWORD = 'right horse battery staple';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
    tasks: { type: 'string', default: '20000' },
  },
});
const [rate, seconds, rounds, tasks] = [values.rate, values.seconds, values.rounds, values.tasks].map(
  Number,
) as [number, number, number, number];

interface Scenario {
  readonly name: string;
  /** Null: nobody knocks. */
  readonly addresses: 'one' | 'many' | null;
  /** Milliseconds of each call, by round. */
  readonly latenciesMs: number[][];
  readonly statuses: Record<string, number>;
  answered: number;
  loadedSeconds: number;
  /** Of Umbel. */
  cpuSeconds: number;
}
const scenario = (name: string, addresses: Scenario['addresses']): Scenario => ({
  name,
  addresses,
  latenciesMs: [],
  statuses: {},
  answered: 0,
  loadedSeconds: 0,
  cpuSeconds: 0,
});
const quiet = scenario('quiet', null);
const scenarios = [
  quiet,
  scenario('wrong sign-ins from one address', 'one'),
  scenario('wrong sign-ins from many addresses', 'many'),
];

process.stdout.write(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}\n`);
const cleanUps: (() => void | Promise<void>)[] = [];
const t = { after: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp) };
try {
  const redis = await startRedis(t, { args: ['--client-output-buffer-limit', 'pubsub 0 0 0'] });
  const umbel = await startUmbel(t, {
    broker: redis.url,
    args: ['--trust-proxy', '127.0.0.1'],
    env: {
      FLOWER_UNAUTHENTICATED_API: '',
      UMBEL_LOG_LEVEL: 'warn',
      UMBEL_API_KEYS: 'bench-key-that-nobody-guesses',
      UMBEL_BASIC_AUTH: `ada:${hashPassword(PASSWORD)}`,
    },
  });
  const client = await signIn(umbel.url, 'ada', PASSWORD);
  await fillHistory(redis.port, client);
  await client.measure({ seconds: 2 }); // warm-up
  const before = processUsage(umbel.process.pid);
  for (let round = 1; round <= rounds; round++) {
    for (const each of scenarios) await run(each, umbel, client);
  }
  const after = processUsage(umbel.process.pid);
  for (const each of scenarios) report(each);
  process.stdout.write(
    `RSS ${before.rssMb.toFixed(0)} MB before, ${after.rssMb.toFixed(0)} MB after, at most ${after.peakRssMb.toFixed(0)} MB\n`,
  );
} finally {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
}

async function fillHistory(port: number, client: SignedInClient): Promise<void> {
  const plan: FloodPlan = { tasks, workers: 8, startsAt: Date.now() / 1_000, seed: 1 };
  const script = resolve(import.meta.dirname, '../ingest/publish-flood.ts');
  const args = ['--conditions=source', script, `${port}`, JSON.stringify(plan)];
  const publisher = await startProcess(process.execPath, args);
  const { code } = await publisher.exited;
  if (code !== 0) throw new Error(`the publisher failed:\n${publisher.log()}`);
  await until(async () => (await client.totalTasks()) === tasks, {
    timeoutMs: 120_000,
    what: 'the history to be there',
  });
}

async function run(
  each: Scenario,
  { url, process: { pid } }: UmbelProcess,
  client: SignedInClient,
): Promise<void> {
  const before = processUsage(pid).cpuSeconds;
  if (each.addresses === null) {
    each.latenciesMs.push(await client.measure({ seconds }));
    each.cpuSeconds += processUsage(pid).cpuSeconds - before;
    each.loadedSeconds += seconds;
    return;
  }
  const plan: WrongSignInPlan = {
    url,
    rate,
    addresses: each.addresses,
    seconds: seconds + (2 * LEAD_MS) / 1_000,
  };
  const script = resolve(import.meta.dirname, 'wrong-sign-ins.ts');
  const load = await startProcess(process.execPath, [script, JSON.stringify(plan)]);
  const ended = load.exited;
  await until(() => load.log().includes('begun'), { what: 'the wrong sign-ins to begin' });
  await new Promise((go) => setTimeout(go, LEAD_MS));
  each.latenciesMs.push(await client.measure({ seconds }));
  const { code } = await ended;
  if (code !== 0) throw new Error(`the wrong sign-ins failed:\n${load.log()}`);
  const found = JSON.parse(load.log().split('\n').at(-2) ?? '') as WrongSignInReport;
  each.answered += found.answered;
  each.cpuSeconds += processUsage(pid).cpuSeconds - before;
  each.loadedSeconds += found.seconds;
  for (const [status, count] of Object.entries(found.statuses))
    each.statuses[status] = (each.statuses[status] ?? 0) + count;
}

function report(each: Scenario): void {
  const ofRounds = ({ latenciesMs }: Scenario, share: number): number[] =>
    latenciesMs.map((round) => percentile(round, share));
  const median = (numbers: readonly number[]): number => percentile(numbers, 0.5);
  const [p50, p99] = [median(ofRounds(each, 0.5)), median(ofRounds(each, 0.99))];
  const quietP99 = ofRounds(quiet, 0.99);
  const ratios = ofRounds(each, 0.99).map((value, round) => value / (quietP99[round] ?? Number.NaN));
  const ratio = median(ratios);
  process.stdout.write(
    `${each.name}: signed-in p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${each.latenciesMs.flat().length} calls of ${PATHS.join(' and ')}), Umbel busy ${((100 * each.cpuSeconds) / each.loadedSeconds).toFixed(0)} % of a core`,
  );
  if (each === quiet) {
    process.stdout.write('\n');
    return;
  }
  const statuses = Object.entries(each.statuses).map(([status, count]) => `${count} × ${status}`);
  const held = ratio <= WANTED_RATIO;
  process.stdout.write(
    `, ${ratio.toFixed(2)} times the quiet p99 (rounds: ${ratios.map((value) => value.toFixed(2)).join(', ')})${held ? '' : ': TOO MUCH'}\n` +
      `  ${Math.round(each.answered / each.loadedSeconds).toLocaleString('en')} wrong sign-ins/s answered: ${statuses.join(', ')}\n`,
  );
  if (!held) process.exitCode = 1;
}
