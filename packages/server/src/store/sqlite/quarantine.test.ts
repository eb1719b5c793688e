// What becomes of damaged and foreign files.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  batch,
  failsWith,
  folderFor,
  largeDamagedFile,
  openAt,
  warnings,
} from '../../../test/store/history-file.ts';
import { openSqliteStore } from './open-sqlite.ts';

const DAMAGES: Record<string, (path: string) => void | Promise<void>> = {
  'random bytes from the start': (path) => writeFileSync(path, Buffer.alloc(50_000, 'not a database ')),
  'a text file': (path) => writeFileSync(path, 'my shopping list\n'),
  'a page overwritten in the middle': async (path) => {
    const file = await openFile(path, 'r+');
    await file.write(Buffer.alloc(8192, 0xa5), 0, 8192, 40_960);
    await file.close();
  },
  'a file cut short': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
};
for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`a damaged file is moved aside, with a message, and a new one begun: ${name}`, async (t) => {
    const folder = folderFor(t);
    const path = join(folder, 'umbel.db');
    const first = await openAt(t, path);
    await first.write(batch(500));
    await first.close();
    await damage(path);
    const bytes = readFileSync(path);
    const log = warnings();
    const store = await openAt(t, path, log);
    assert.equal((await store.facts()).tasks, 0);
    await store.write(batch(1));
    const aside = readdirSync(folder).filter((file) => /^umbel\.db\.damaged-.*Z$/.test(file));
    assert.equal(aside.length, 1);
    assert.deepEqual(readFileSync(join(folder, aside[0] ?? '')), bytes);
    assert.match(log.texts.join(), /umbel\.db.*moved to .*damaged-/);
  });
}

test("another program's database is moved aside with its log, untouched", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, 'umbel.db');
  const foreign = new DatabaseSync(path);
  foreign.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)');
  // As a killed program leaves it: the table is still in the log.
  for (const part of ['', '-wal', '-shm']) copyFileSync(path + part, join(folder, `copy.db${part}`));
  foreign.close();
  rmSync(path);
  const copy = join(folder, 'copy.db');
  const log = warnings();
  await openAt(t, copy, log);
  assert.match(log.texts.join(), /another program's database/);
  const aside = readdirSync(folder).find((file) => /^copy\.db\.damaged-.*Z$/.test(file)) ?? '';
  assert.ok(existsSync(join(folder, `${aside}-wal`)));
  const moved = new DatabaseSync(join(folder, aside));
  assert.equal(moved.prepare('SELECT count(*) AS n FROM theirs').get()?.['n'], 1);
  moved.close();
});

const EVERYTHING = {
  filter: { words: ['nowhere'] },
  sortBy: 'received',
  descending: true,
  limit: 10,
  offset: 0,
} as const;

test('damage met while running is refused as damaged, and found at the next start even in a large file', async (t) => {
  const path = await largeDamagedFile(t);
  const log = warnings();
  const second = await openAt(t, path, log);
  assert.deepEqual(log.texts, []);
  await assert.rejects(second.listTasks(EVERYTHING), failsWith('damaged'));
  await second.close();
  const third = await openAt(t, path, log);
  assert.match(log.texts.join(), /is damaged/);
  assert.equal((await third.listTasks(EVERYTHING)).total, 0);
});

test('damage is told as damage even where the next start cannot be asked to look for it', async (t) => {
  const path = await largeDamagedFile(t);
  const store = await openAt(t, path);
  mkdirSync(`${path}.suspect`);
  await assert.rejects(store.listTasks(EVERYTHING), failsWith('damaged'));
});

test('a large file is checked whole when its owner has met damage', async (t) => {
  const path = await largeDamagedFile(t);
  const log = warnings();
  const store = await openSqliteStore({ path, suspect: true, log });
  t.after(() => store.close());
  assert.match(log.texts.join(), /is damaged/);
  assert.equal((await store.facts()).tasks, 0);
});
