// What an index for searching costs and gives: Umbel's grams of chunks, SQLite's FTS5 with trigrams, and no index at all, each over the
// same texts, newest first, every find verified on the text itself.
// node --conditions=source bench/search-index/compare.ts [--tasks N] [--random] [--only grams,fts5,scan]
// --random: kwargs are full of random words, as those of tasks that carry ids and tokens.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { CHUNK_ROWS } from '../../packages/server/src/store/sqlite/columns/chunk.ts';
import { gramText } from '../../packages/server/src/store/sqlite/grams/gram-text.ts';
import { taskId } from '../ingest/synthetic-events.ts';
import { sampleTask } from '../size/sample-history.ts';
import { openFts5 } from './fts5-index.ts';
import { openGramsIndex } from './grams-index.ts';
import { openScan } from './no-index.ts';
import { cpuMs, type SearchIndex } from './search-index.ts';

const PAGE = 100;
const ROUNDS = 5;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000000' },
    random: { type: 'boolean', default: false },
    only: { type: 'string', default: 'grams,fts5,scan' },
  },
});
const tasks = Number(values.tasks);
const open = { grams: openGramsIndex, fts5: openFts5, scan: openScan };

const middle = Math.floor(tasks / 2) + 3;
/** What is looked for, and how it is called in the table. */
const WORDS: readonly (readonly [string, string])[] = [
  ['an order, in one task', `charged': ${4_000_000 + middle}`],
  ['8 digits of an id', sampleTask(middle).uuid.slice(0, 8)],
  ['a whole id', sampleTask(middle).uuid],
  ['nowhere', 'gateway timeout'],
  ['nowhere, 4 letters', 'XQJZ'],
  ['nowhere, 3 letters', 'XQJ'],
  ['an id that is not there', taskId(77, 1).slice(0, 8)],
  ['in one of 20', 'connection refused'],
  ['in every second', 'currency'],
  ['3 letters, in every second', 'EUR'],
];

const folder = mkdtempSync(join(tmpdir(), 'umbel-search-'));
try {
  using texts = new DatabaseSync(join(folder, 'texts.db'));
  texts.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT)',
  );
  fillTexts(texts);
  for (const [name, openIndex] of Object.entries(open)) {
    if (!values.only.split(',').includes(name)) continue;
    const path = join(folder, `${name}.db`);
    using database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000');
    const index = openIndex(database, texts);
    feed(name, index, texts);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    print(`  ${(statSync(path).size / tasks).toFixed(1)} bytes a task`);
    for (const [what, word] of WORDS) ask(texts, index, what, gramText([word]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fillTexts(database: DatabaseSync): void {
  const insert = database.prepare('INSERT INTO texts VALUES (?, ?)');
  let chars = 0;
  database.exec('BEGIN');
  for (let index = 0; index < tasks; index++) {
    const task = sampleTask(index);
    const kwargs = values.random ? randomKwargs(index) : task.kwargs;
    const text = gramText([task.uuid, task.args, kwargs, task.result, task.exception]);
    chars += text.length;
    insert.run(index + 1, text);
  }
  database.exec('COMMIT');
  print(
    `${tasks.toLocaleString('en')} tasks, ${(chars / tasks).toFixed(0)} characters each${values.random ? ', random' : ''}`,
  );
}

function randomKwargs(index: number): string {
  const word = BigInt(`0x${taskId(9, index).replaceAll('-', '')}`).toString(36);
  const currency = index % 2 === 0 ? '' : `'currency': 'EUR', `;
  return `{${currency}'user': '${taskId(8, index)}', 'token': '${word}', 'cents': ${Number.parseInt(word.slice(0, 5), 36)}}`;
}

function feed(name: string, index: SearchIndex, texts: DatabaseSync): void {
  const read = texts.prepare('SELECT text FROM texts WHERE id > ? ORDER BY id LIMIT ?');
  let [spent, slowest] = [0, 0];
  for (let first = 0; first < tasks; first += CHUNK_ROWS) {
    const chunk = (read.all(first, CHUNK_ROWS) as { text: string }[]).map(({ text }) => text);
    const ms = cpuMs(() => index.feed(first, chunk));
    spent += ms;
    slowest = Math.max(slowest, ms);
  }
  const perTask = ((spent * 1_000) / tasks).toFixed(2);
  print(
    `${name}\n  ${perTask} µs of CPU a task to feed, at most ${slowest.toFixed(0)} ms for ${CHUNK_ROWS} of them`,
  );
}

function ask(texts: DatabaseSync, index: SearchIndex, what: string, word: string): void {
  const read = texts.prepare('SELECT text FROM texts WHERE id = ?');
  const times: number[] = [];
  let [found, verified] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    [found, verified] = [0, 0];
    const startedMs = performance.now();
    for (const id of index.candidates(word)) {
      verified++;
      const { text } = read.get(id) as { text: string };
      if (text.includes(word) && ++found === PAGE) break;
    }
    times.push(performance.now() - startedMs);
  }
  const median = times.toSorted((a, b) => a - b)[ROUNDS >> 1] as number;
  print(
    `  ${what.padEnd(28)} ${median.toFixed(1).padStart(8)} ms, ${found} found in ${verified.toLocaleString('en')} looked at`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
