// `npm run bench:query`: how long questions take over a large history, over HTTP, while 2,000 events a second come in.
// A history is filled and sealed, a real Umbel started on it with a private Redis, a publisher and whoever asks are processes of their own.
// Each kind of question is asked by one client, by 16 of which each asks three times a second, as open pages do, and by 16 that ask again as
// soon as they have an answer; printed are p50 and p99, what p99 was wanted, and whether it was held.
// At last Umbel is started anew with a bound on the number of tasks: how much slower common questions are while it deletes.
// Options: --tasks N (default 1,000,000), --db PATH (keep the history there, use it again when it is there; default: a new one that is
// removed), --only TEXT (questions whose name contains it), --rate N (events a second, default 2,000), --built (Umbel from `npm run build`),
// --no-prune, --quick (50,000 tasks, few questions of each kind: shows that all this works, its figures mean nothing).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProcess, startRedis, tempFolder, type TestScope } from '@umbel/testkit';
import { processUsage } from '../ingest/process-usage.ts';
import { EVENTS_PER_TASK, type FloodPlan } from '../ingest/synthetic-events.ts';
import { type Asking, startAsking } from './asking.ts';
import { type FilledHistory, fillHistory } from './fill-history.ts';
import { measurePruning } from './pruning.ts';
import { type Question, questions } from './questions.ts';
import { type Column, heading, line, type Measured, measured, NOT_THERE } from './report.ts';
import { startOn } from './start-on.ts';

const COLUMNS: readonly Column[] = [
  { title: '1 client', clients: 1, everyMs: null },
  { title: '16, 3 times a second', clients: 16, everyMs: 333 },
  { title: '16 without a pause', clients: 16, everyMs: null },
];
const READY_MS = 1_000;
/** The publisher goes on until it is stopped. */
const FEED_SECONDS = 24 * 3_600;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string' },
    db: { type: 'string' },
    only: { type: 'string', default: '' },
    rate: { type: 'string', default: '2000' },
    built: { type: 'boolean', default: false },
    'no-prune': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const tasks = Number(values.tasks ?? (values.quick ? 50_000 : 1_000_000));
const effort = values.quick
  ? { calls: 4, dearCalls: 2, seconds: 1, pruneSeconds: 2 }
  : { calls: 200, dearCalls: 100, seconds: 6, pruneSeconds: 30 };

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const cleanUps: (() => void | Promise<void>)[] = [];
const t: TestScope = { after: (cleanUp) => void cleanUps.push(cleanUp) };
try {
  print(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`);
  const path = values.db ?? join(tempFolder(t), 'umbel.db');
  const history = await historyAt(path);
  const redis = await startRedis(t);
  const options = { broker: redis.url, db: path, built: values.built };
  const asking = startAsking(t);
  const umbel = await startOn(t, options);
  print(
    `ready after ${umbel.readyMs.toFixed(0)} ms (wanted ${READY_MS}: ${umbel.readyMs <= READY_MS ? 'held' : 'MISSED'})`,
  );
  await startFeed(redis.url);
  const all = questions(history).filter(({ what }) => what.includes(values.only));
  print(heading(COLUMNS));
  let missed = 0;
  for (const question of all) {
    const results = await askInColumns(asking, umbel.url, question);
    const said = line(question, results, history.tasks);
    missed += said.missed;
    print(said.text);
  }
  const usage = processUsage(umbel.process.pid);
  print(
    `RSS ${usage.rssMb.toFixed(0)} MB, at most ${usage.peakRssMb.toFixed(0)} MB; ${missed} wanted figures missed`,
  );
  await umbel.process.stop({ graceMs: 30_000 });
  if (!values['no-prune']) {
    await measurePruning({
      t,
      options,
      asking,
      history,
      questions: questions(history),
      seconds: effort.pruneSeconds,
      print,
    });
  }
} finally {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
}

async function historyAt(path: string): Promise<FilledHistory> {
  const factsPath = `${path}.bench.json`;
  if (existsSync(factsPath)) return JSON.parse(readFileSync(factsPath, 'utf8')) as FilledHistory;
  const history = await fillHistory(path, tasks, print);
  writeFileSync(factsPath, JSON.stringify(history));
  return history;
}

/** Events at a steady pace, from a process of its own. */
async function startFeed(broker: string): Promise<void> {
  const rate = Number(values.rate);
  if (rate === 0) return;
  const plan: FloodPlan = {
    tasks: Math.round((rate * FEED_SECONDS) / EVENTS_PER_TASK),
    workers: 8,
    startsAt: Date.now() / 1_000,
    eventsPerSecond: rate,
    seed: Math.floor(Date.now() / 1_000) % 100_000,
  };
  const script = resolve(import.meta.dirname, '../steady/publish-steadily.ts');
  const feed = await startProcess(process.execPath, [
    '--conditions=source',
    script,
    broker,
    JSON.stringify(plan),
  ]);
  t.after(() => feed.kill());
  await sleep(2_000);
}

async function askInColumns(
  asking: Asking,
  url: string,
  question: Question,
): Promise<(Measured | typeof NOT_THERE)[]> {
  const calls = question.dear ? effort.dearCalls : effort.calls;
  const results: (Measured | typeof NOT_THERE)[] = [];
  for (const [round, { clients, everyMs }] of COLUMNS.entries()) {
    const paths = Array.from({ length: calls }, (_, n) => question.path(round * calls + n));
    const report = await asking.ask({
      url,
      paths,
      follow: question.follow === true,
      clients,
      everyMs,
      seconds: effort.seconds,
    });
    results.push(measured(report));
    if (results[0] === NOT_THERE) break;
  }
  return results;
}
