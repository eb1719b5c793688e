// `npm run bench:steady`: how far Umbel is behind while a busy cluster's events come in at a steady pace, and what it costs.
// Options: --broker redis|rabbitmq (default rabbitmq), --rate N events a second (default 5,000), --seconds N (default 600),
// --collectors N: so many `umbel collect` over a private PostgreSQL and one `umbel serve` (default: one process and its file).
// A private broker, a publisher in a process of its own, Umbel as users start it; its lag is asked for twice a second.
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProcess, startRabbit, startRedis, type TestScope, until } from '@umbel/testkit';
import { startUmbel } from '../ingest/monitors.ts';
import { processUsage } from '../ingest/process-usage.ts';
import { EVENTS_PER_TASK, type FloodFacts, type FloodPlan } from '../ingest/synthetic-events.ts';
import { startMachines } from './start-machines.ts';

const ASK_EVERY_MS = 500;
/** After the last event, until all must be in the store. */
const SETTLE_MS = 30_000;
const LEAD_S = 3;

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'rabbitmq' },
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '600' },
    collectors: { type: 'string', default: '0' },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const cleanUps: (() => void | Promise<void>)[] = [];
const t: TestScope = { after: (cleanUp) => void cleanUps.push(cleanUp) };
try {
  const brokerUrl = await startBroker();
  const machines =
    values.collectors === '0' ? null : await startMachines(t, brokerUrl, Number(values.collectors));
  const monitor = machines ?? (await startUmbel(t, brokerUrl, { built: false }));
  const watched = (machines?.collectors ?? [monitor.process]).map(({ pid }) => pid);
  const usages = () => watched.map((pid) => processUsage(pid));
  const cpuSeconds = () => usages().reduce((sum, usage) => sum + usage.cpuSeconds, 0);
  const plan: FloodPlan = {
    tasks: Math.round((rate * seconds) / EVENTS_PER_TASK),
    workers: 8,
    startsAt: Date.now() / 1_000 + LEAD_S,
    eventsPerSecond: rate,
    seed: 1,
  };
  const script = resolve(import.meta.dirname, 'publish-steadily.ts');
  const publisher = await startProcess(process.execPath, [
    '--conditions=source',
    script,
    brokerUrl,
    JSON.stringify(plan),
  ]);
  t.after(() => publisher.kill());
  await sleep(LEAD_S * 1_000);
  const [before, postgresBefore] = [cpuSeconds(), machines?.postgresSeconds() ?? 0];
  const startedMs = performance.now();
  const lags: number[] = [];
  while (publisher.running()) {
    lags.push(await monitor.lagSeconds());
    await sleep(ASK_EVERY_MS);
  }
  await publisher.exited;
  const facts = JSON.parse(publisher.log().trim().split('\n').at(-1) ?? '') as FloodFacts;
  const wallSeconds = (performance.now() - startedMs) / 1_000;
  await until(() => monitor.isComplete(facts), { timeoutMs: SETTLE_MS, what: 'every task to be there' });
  await monitor.verify(facts, plan);
  const spent = cpuSeconds() - before;
  const postgresSpent = (machines?.postgresSeconds() ?? 0) - postgresBefore;
  const core = (spentSeconds: number): string =>
    `${((spentSeconds / wallSeconds) * 100).toFixed(0)} % of a core`;
  const microseconds = (spentSeconds: number): string =>
    `${((spentSeconds / facts.events) * 1e6).toFixed(1)} µs an event`;
  const rss = Math.max(...usages().map(({ rssMb }) => rssMb));
  const peakRss = Math.max(...usages().map(({ peakRssMb }) => peakRssMb));
  const who = machines === null ? 'Umbel' : `collectors (${watched.length})`;
  lags.sort((a, b) => a - b);
  const at = (share: number): string => (lags[Math.floor((lags.length - 1) * share)] ?? 0).toFixed(2);
  process.stdout.write(
    `${values.broker}: ${facts.events.toLocaleString('en')} events of ${facts.tasks.toLocaleString('en')} tasks in ${wallSeconds.toFixed(0)} s (${(facts.events / wallSeconds).toFixed(0)}/s), all there\n` +
      `lag p50 ${at(0.5)} s, p99 ${at(0.99)} s, longest ${at(1)} s of ${lags.length} looks; ${who} ${core(spent)} (${microseconds(spent)}), RSS ${rss.toFixed(0)} MB, at most ${peakRss.toFixed(0)} MB\n` +
      (machines === null ? '' : `PostgreSQL ${core(postgresSpent)} (${microseconds(postgresSpent)})\n`),
  );
} finally {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
}

async function startBroker(): Promise<string> {
  if (values.broker === 'redis') return (await startRedis(t)).url;
  return (await startRabbit(t, { private: true })).url;
}
