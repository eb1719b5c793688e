// `npm run bench:fuzz`: calls that schemathesis makes up from /api/openapi.json, on a real Umbel with a real Celery worker, over
// Redis and over RabbitMQ at once. Wanted: no 5xx but the documented 503 and 504, no call without an answer, answers as the document
// promises them, the worker alive at the end. Exits with 1 when something else happened.
// Options: --max-examples N (made up for an operation in each round, default 30), --seconds N (default 90),
// --seed N, --broker redis|rabbit (one of them alone).
import { parseArgs } from 'node:util';
import { type RabbitVhost, startRabbit, startRedis, startWorker, type TestScope } from '@umbel/testkit';
import { startUmbel } from '../../packages/server/test/start-umbel.ts';
import { runSchemathesis, type FuzzReport } from './run-schemathesis.ts';
import { pingWorkers, seedTasks, TASK_NAMES } from './shop-floor.ts';

const WORKER_LOG_CHARS = 3_000;
const API_KEY = 'fuzz-key-of-this-run-only';

const { values } = parseArgs({
  options: {
    'max-examples': { type: 'string', default: '30' },
    seconds: { type: 'string', default: '90' },
    seed: { type: 'string' },
    broker: { type: 'string' },
  },
});

interface Place {
  readonly brokerUrl: string;
  readonly resultBackend: string;
}

const BROKERS: Readonly<Record<string, (t: TestScope) => Promise<Place>>> = {
  async redis(t) {
    const { url } = await startRedis(t);
    return { brokerUrl: url, resultBackend: url };
  },
  async rabbit(t) {
    const rabbit: RabbitVhost = await startRabbit(t, { private: true });
    return { brokerUrl: rabbit.url, resultBackend: 'rpc://' };
  },
};

const wanted = values.broker === undefined ? Object.keys(BROKERS) : [values.broker];
process.stdout.write(
  'Not aimed at the real worker: POST /api/worker/shutdown. Made small: timeout, n, min, max.\n',
);
const complaints = (await Promise.all(wanted.map(fuzz))).reduce((sum, count) => sum + count, 0);
process.stdout.write(`${complaints === 0 ? 'no' : complaints} complaints\n`);
process.exitCode = complaints === 0 ? 0 : 1;

/** Answers how many complaints there are. */
async function fuzz(name: string): Promise<number> {
  const openBroker = BROKERS[name];
  if (openBroker === undefined) throw new Error(`--broker is ${Object.keys(BROKERS).join(' or ')}`);
  const cleanUps: (() => void | Promise<void>)[] = [];
  const t = { after: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp) };
  try {
    const place = await openBroker(t);
    const worker = await startWorker(t, {
      ...place,
      name: 'fuzzed@test',
      pool: 'prefork',
      env: { CELERY_CONF: '{"worker_pool_restarts": true}' },
    });
    const umbel = await startUmbel(t, {
      broker: place.brokerUrl,
      resultBackend: place.resultBackend,
      // Most names of workers are made up; each of them is waited for.
      args: ['--inspect-timeout', '300'],
      env: { FLOWER_UNAUTHENTICATED_API: '', UMBEL_API_KEYS: API_KEY },
    });
    const authorization = `Bearer ${API_KEY}`;
    const taskIds = await seedTasks(umbel, authorization);
    const report = await runSchemathesis(t, {
      openApiUrl: `${umbel.url}/api/openapi.json`,
      authorization,
      targets: { workername: [worker.hostname], taskname: TASK_NAMES, taskid: taskIds },
      maxExamples: Number(values['max-examples']),
      seconds: Number(values.seconds),
      seed: values.seed,
    });
    const isUp = umbel.process.running() && (await umbel.get('/healthz')).status === 200;
    const answering = await pingWorkers(t, place);
    const isLost = !answering.includes(worker.hostname);
    describe(name, report);
    process.stdout.write(
      `  worker ${isLost ? 'LOST' : 'answers ping'}; Umbel ${isUp ? 'answers' : 'IS GONE'}\n${report.details}`,
    );
    if (isLost) process.stdout.write(`  the worker said:\n${worker.log().slice(-WORKER_LOG_CHARS)}\n`);
    const found = [...report.failures, ...report.errors].reduce((sum, { count }) => sum + count, 0);
    return report.serverErrors + found + Number(isLost) + Number(!isUp);
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  }
}

function describe(name: string, report: FuzzReport): void {
  const statuses = Object.entries(report.statuses).map(([status, count]) => `${count} × ${status}`);
  const failures = report.failures.map(
    ({ title, count, operations }) => `${count} × ${title} (${operations.join(', ')})`,
  );
  const errors = report.errors.map(({ title, count }) => `${count} × ${title}`);
  process.stdout.write(
    `${name}: ${report.calls} calls of ${report.operations} operations in ${report.seconds.toFixed(0)} s, seed ${report.seed}\n` +
      `  answers: ${statuses.join(', ')}\n` +
      `  longest answer: ${report.longestSeconds.toFixed(1)} s (${report.longestOperation})\n` +
      `  server errors: ${report.serverErrors}\n` +
      `  failed checks: ${failures.join('; ') || 'none'}\n` +
      `  calls without an answer, troubles of the tool: ${errors.join('; ') || 'none'}\n`,
  );
}
