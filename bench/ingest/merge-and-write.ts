// What counting costs: the whole of the collector but the socket, in one thread (bytes ▶ events ▶ records ▶ SQLite), with the counts of
// minutes and without them, alternately. Prints events per CPU-second of each, the ratio of the medians, and bytes a row of counts.
// node --conditions=source bench/ingest/merge-and-write.ts [tasks] [runs]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeEvents, type Message } from '@umbel/celery';
import { createBatchWriter } from '../../packages/server/src/collector/batch-writer.ts';
import { createTaskBuffer } from '../../packages/server/src/collector/task-buffer.ts';
import { createWorkerRoster } from '../../packages/server/src/collector/worker-roster.ts';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open-sqlite.ts';
import { floodMessages } from './synthetic-events.ts';

const tasks = Number(process.argv[2] ?? 50_000);
const runs = Number(process.argv[3] ?? 5);
const log = {
  info: () => undefined,
  warn: (_: object, text: string) => void process.stderr.write(`${text}\n`),
};

const messages: Message[] = [];
const startsAt = Math.floor(Date.now() / 1000) - 3_600;
for (const { body } of floodMessages({ tasks, workers: 4, startsAt, seed: 1 })) {
  messages.push({
    headers: {},
    properties: {},
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: Buffer.from(body),
  });
}

interface Run {
  readonly perCpuSecond: number;
  readonly rows: number;
  readonly bytesPerRow: number;
}

async function collect(counting: boolean): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-bench-'));
  const path = join(folder, 'umbel.db');
  try {
    const store = await openSqliteStore({ path, log });
    const buffer = createTaskBuffer();
    const writer = createBatchWriter({
      store,
      // A copy would freeze the buffer's numbers, which are getters.
      tasks: counting ? buffer : (Object.create(buffer, { count: { value: () => [] } }) as typeof buffer),
      workers: createWorkerRoster([]),
      log,
      onPressure: () => undefined,
    });
    let events = 0;
    const before = process.cpuUsage();
    for (const message of messages) {
      for (const event of decodeEvents(message).events) {
        events++;
        if ('uuid' in event) buffer.merge(event);
      }
      writer.schedule();
      // As a socket does, let the writer have its turn.
      if (buffer.changedTasks >= 2_000) await new Promise((resolve) => setImmediate(resolve));
    }
    await writer.close();
    const used = process.cpuUsage(before);
    await store.close();
    return { perCpuSecond: events / ((used.user + used.system) / 1e6), ...sizeOf(path) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sizeOf(path: string): { rows: number; bytesPerRow: number } {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT count(*) AS n FROM tallies').get()?.['n'] as number;
  const bytes = database.prepare("SELECT sum(pgsize) AS n FROM dbstat WHERE name = 'tallies'").get()?.[
    'n'
  ] as number;
  database.close();
  return { rows, bytesPerRow: bytes / rows };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const plain: Run[] = [];
const counted: Run[] = [];
await collect(true);
for (let run = 0; run < runs; run++) {
  plain.push(await collect(false));
  counted.push(await collect(true));
}
const without = median(plain.map(({ perCpuSecond }) => perCpuSecond));
const withCounts = median(counted.map(({ perCpuSecond }) => perCpuSecond));
const rate = (value: number): string => Math.round(value).toLocaleString('en');
const [first] = counted;
process.stdout.write(
  `${tasks.toLocaleString('en')} tasks, median of ${runs} runs each\n` +
    `without counts  ${rate(without)} events per CPU-second\n` +
    `with counts     ${rate(withCounts)} events per CPU-second, ${Math.round((withCounts / without) * 1000) / 10} % of it\n` +
    `${rate(first?.rows ?? 0)} rows of counts, ${Math.round(first?.bytesPerRow ?? 0)} bytes each\n`,
);
