// How many bytes a task takes on disk, and in which tables and indexes: fills a history, lets it be tidied, and looks into its file.
// npm run bench:size -- [--tasks N]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open-sqlite.ts';
import { sampleTask, sampleTaskBefore } from './sample-history.ts';

const BATCH_TASKS = 2_000;
/** Somewhat longer than columns-upkeep.ts keeps notes of changes as they are. */
const NOTES_KEPT_MS = 11_000;
/** Columns from this number on are the search index (column-numbers.ts). */
const FIRST_GRAM_PART = 32;

const { values } = parseArgs({ options: { tasks: { type: 'string', default: '1000000' } } });
const tasks = Number(values.tasks);
if (!Number.isInteger(tasks) || tasks < 1)
  throw new Error(`--tasks needs a whole number, not ${values.tasks}`);

const log = { info: () => undefined, warn: (_: object, text: string) => process.stderr.write(`${text}\n`) };
const folder = mkdtempSync(join(tmpdir(), 'umbel-size-'));
try {
  const path = join(folder, 'umbel.db');
  await fill(path);
  await report(path);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fill(path: string): Promise<void> {
  await using store = await openSqliteStore({ path, log });
  for (let begin = 0; begin < tasks; begin += BATCH_TASKS) {
    const indexes = Array.from({ length: Math.min(BATCH_TASKS, tasks - begin) }, (_, n) => begin + n);
    const before = indexes.map(sampleTaskBefore).filter((task) => task !== null);
    await store.write({ tasks: before, workers: [] });
    await store.write({ tasks: indexes.map(sampleTask), workers: [] });
  }
  // What the collector does in its spare time: the columns are a part of the size. Twice with a pause, because readers are left so much
  // time to read the notes of changes before these are drawn together.
  for (let round = 0; round < 3; round++) {
    if (round > 0) await delay(NOTES_KEPT_MS);
    while (await store.tidy());
  }
}

async function report(path: string): Promise<void> {
  const startedMs = performance.now();
  const store = await openSqliteStore({ path, log });
  const facts = await store.facts();
  const startMs = performance.now() - startedMs;
  await store.close();
  // The last one to close has put the write-ahead log into the file.
  const { size } = statSync(path);
  print(
    `${count(facts.tasks)} tasks, ${count(size)} bytes, ${perTask(size)} bytes a task; opened in ${startMs.toFixed(0)} ms`,
  );
  using database = new DatabaseSync(path, { readOnly: true });
  const { free } = database
    .prepare('SELECT freelist_count * page_size AS free FROM pragma_freelist_count, pragma_page_size')
    .get() as { free: number };
  const { grams } = database
    .prepare('SELECT total(length(data)) AS grams FROM columns WHERE id % 64 >= ?')
    .get(FIRST_GRAM_PART) as { grams: number };
  const rest = size - free - grams;
  print(
    `in use: ${perTask(rest)} without the search index, ${perTask(rest + grams)} with it; free: ${perTask(free)}`,
  );
  const parts = database
    .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC')
    .all() as unknown as { name: string; bytes: number }[];
  for (const { name, bytes } of parts) {
    if (bytes * 1000 >= size) print(`${name.padEnd(24)} ${perTask(bytes).padStart(6)}`);
  }
}

function perTask(bytes: number): string {
  return (bytes / tasks).toFixed(1);
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
