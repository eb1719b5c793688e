// `npm run bench:ingest`: how many events a second of CPU is worth, for Umbel (its durable store on) and for Flower, measured from
// outside in the same run: a private Redis, a publisher in a process of its own, the monitor as users start it.
// Options: --events N (Umbel; default 300,000), --flower-events N (default 60,000; 0 leaves Flower out), --runs N (default 1; the
// median is printed), --limit-of-parsing (beside them a loop that receives the events, parses their JSON and keeps nothing), --built
// (Umbel from `npm run build` instead of its sources: less memory, the same speed).
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startProcess, startRedis, until } from '@umbel/testkit';
import { startFlower, type StartMonitor, startParsing, startUmbel } from './monitors.ts';
import { processUsage } from './process-usage.ts';
import { EVENTS_PER_TASK, type FloodFacts, type FloodPlan } from './synthetic-events.ts';

const COMPLETE_TIMEOUT_MS = 15 * 60_000;
/** The subscriber's buffer in Redis is bounded by the publisher instead (publish-flood.ts). */
const UNBOUNDED_PUBSUB = ['--client-output-buffer-limit', 'pubsub 0 0 0'];

interface Measurement {
  readonly events: number;
  readonly tasks: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** What was left to do when all events were in, chunks, and what it took afterwards. */
  readonly chunksLeft: number;
  readonly cpuSecondsAfter: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    'flower-events': { type: 'string', default: '60000' },
    runs: { type: 'string', default: '1' },
    built: { type: 'boolean', default: false },
    'limit-of-parsing': { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const umbelEvents = Number(values.events);
const flowerEvents = Number(values['flower-events']);

process.stdout.write(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}\n`);
const umbel: Measurement[] = [];
const flower: Measurement[] = [];
const parsing: Measurement[] = [];
for (let run = 1; run <= runs; run++) {
  if (umbelEvents > 0) umbel.push(await measure('Umbel', startUmbel, umbelEvents));
  if (values['limit-of-parsing']) parsing.push(await measure('Parsing', startParsing, umbelEvents));
  if (flowerEvents > 0) flower.push(await measure('Flower', startFlower, flowerEvents));
}
if (umbel.length > 0 && flower.length > 0) {
  const ratio = perCpuSecond(median(umbel, perCpuSecond)) / perCpuSecond(median(flower, perCpuSecond));
  const ratioAfter = untilAtRest(median(umbel, untilAtRest)) / untilAtRest(median(flower, untilAtRest));
  process.stdout.write(
    `Umbel takes ${ratio.toFixed(1)} times as many events per CPU-second as Flower (median of ${runs}), ` +
      `${ratioAfter.toFixed(1)} times when what it did afterwards is counted too\n`,
  );
}
if (umbel.length > 0 && parsing.length > 0) {
  const share = perCpuSecond(median(umbel, perCpuSecond)) / perCpuSecond(median(parsing, perCpuSecond));
  process.stdout.write(
    `Umbel takes ${(share * 100).toFixed(0)} % of the events per CPU-second of receiving and parsing alone (median of ${runs})\n`,
  );
}

async function measure(name: string, start: StartMonitor, events: number): Promise<Measurement> {
  const cleanUps: (() => void | Promise<void>)[] = [];
  const t = { after: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp) };
  try {
    const redis = await startRedis(t, { args: UNBOUNDED_PUBSUB });
    const client = redis.client();
    const monitor = await start(t, redis.url, { built: values.built });
    await until(async () => Number(await client.call('PUBSUB', 'NUMPAT')) > 0, {
      what: `${name} to subscribe`,
    });

    const plan: FloodPlan = {
      tasks: Math.round(events / EVENTS_PER_TASK),
      workers: 4,
      startsAt: Date.now() / 1_000,
      seed: 1,
    };
    const before = processUsage(monitor.process.pid);
    const startedMs = performance.now();
    const facts = await flood(redis.port, plan);
    await until(() => monitor.isComplete(facts), {
      timeoutMs: COMPLETE_TIMEOUT_MS,
      everyMs: 100,
      what: () =>
        `${name} to take in ${facts.events} events; it said:\n${monitor.process.log().slice(-2_000)}`,
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    const after = processUsage(monitor.process.pid);
    const chunksLeft = monitor.chunksLeft();
    await until(async () => monitor.chunksLeft() === 0, {
      timeoutMs: COMPLETE_TIMEOUT_MS,
      everyMs: 100,
      what: () => `${name} to seal ${monitor.chunksLeft()} chunks`,
    });
    const atRest = processUsage(monitor.process.pid);
    await monitor.verify(facts, plan);
    const measured = {
      events: facts.events,
      tasks: facts.tasks,
      seconds,
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      chunksLeft,
      cpuSecondsAfter: atRest.cpuSeconds - after.cpuSeconds,
      rssMb: after.rssMb,
      peakRssMb: after.peakRssMb,
    };
    report(name, measured);
    return measured;
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  }
}

/** Publishes in a process of its own, so that only the monitor is measured. */
async function flood(port: number, plan: FloodPlan): Promise<FloodFacts> {
  const script = resolve(import.meta.dirname, 'publish-flood.ts');
  const publisher = await startProcess(process.execPath, [
    '--conditions=source',
    script,
    `${port}`,
    JSON.stringify(plan),
  ]);
  const { code } = await publisher.exited;
  if (code !== 0) throw new Error(`the publisher failed:\n${publisher.log()}`);
  return JSON.parse(publisher.log()) as FloodFacts;
}

function report(name: string, m: Measurement): void {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  process.stdout.write(
    `${name.padEnd(7)} ${whole(m.events)} events of ${whole(m.tasks)} tasks, all there: ` +
      `${m.seconds.toFixed(1)} s (${whole(m.events / m.seconds)}/s), ` +
      `${m.cpuSeconds.toFixed(2)} CPU-s (${whole(perCpuSecond(m))} events per CPU-second), ` +
      `RSS ${whole(m.rssMb)} MB, at most ${whole(m.peakRssMb)} MB` +
      (m.chunksLeft > 0
        ? `; then ${m.cpuSecondsAfter.toFixed(2)} CPU-s for ${m.chunksLeft} chunks that were not sealed yet\n`
        : '\n'),
  );
}

function perCpuSecond(m: Measurement): number {
  return m.events / m.cpuSeconds;
}

function untilAtRest(m: Measurement): number {
  return m.events / (m.cpuSeconds + m.cpuSecondsAfter);
}

function median(measurements: readonly Measurement[], by: (m: Measurement) => number): Measurement {
  const sorted = measurements.toSorted((a, b) => by(a) - by(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}
