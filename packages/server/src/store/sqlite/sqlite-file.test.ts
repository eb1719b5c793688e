// What happens to the file itself: killed writers, newer and locked files, full disks, modes, several at once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { batch, failsWith, folderFor, openAt, warnings } from '../../../test/store/history-file.ts';
import { aTask } from '../../../test/store/sample-records.ts';
import { mountSmallDisk } from '../../../test/store/small-disk.ts';
import { openSqliteStore } from './open-sqlite.ts';
import { openSqliteReaders } from './reader-pool.ts';

const SOURCE = new URL('./open-sqlite.ts', import.meta.url).href;
const NEWEST = { filter: {}, sortBy: 'received', descending: true, limit: 10, offset: 0 } as const;

test('a writer killed in the middle of a flood leaves a good file with every acknowledged batch', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(SOURCE)});
    const { aTask } = await import(${JSON.stringify(new URL('../../../test/store/sample-records.ts', import.meta.url).href)});
    const store = await openSqliteStore({ path: ${JSON.stringify(path)}, log: console });
    for (let n = 0; ; n++) {
      const tasks = Array.from({ length: 200 }, (_, i) => aTask({ uuid: n + '-' + i, received: n }));
      await store.write({ tasks, workers: [] });
      process.stdout.write(n + '\\n');
    }`;
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let acknowledged = -1;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Math.max(acknowledged, Number(line));
      if (acknowledged >= 10 + round * 7) child.kill('SIGKILL');
    }
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    const log = warnings();
    const store = await openAt(t, path, log);
    assert.deepEqual(log.texts, []);
    const last = await store.readTasks(Array.from({ length: 200 }, (_, i) => `${acknowledged}-${i}`));
    assert.equal(last.size, 200);
    assert.equal((await store.facts()).tasks % 200, 0);
    await store.close();
    const database = new DatabaseSync(path);
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    database.close();
  }
});

test('only its owner makes a file, or moves a damaged one aside', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  const readers = await openSqliteReaders({ path, log: warnings() });
  t.after(() => readers.close());
  const details = { hostname: 'celery@a', askedAt: {}, replies: {} };
  await assert.rejects(readers.writeWorkerDetails(details), failsWith('unavailable'));
  await assert.rejects(readers.facts(), failsWith('unavailable'));
  assert.deepEqual(readdirSync(join(path, '..')), []);

  writeFileSync(path, Buffer.alloc(50_000, 'not a database '));
  await assert.rejects(readers.writeWorkerDetails(details), failsWith('damaged'));
  await assert.rejects(readers.facts(), failsWith('damaged'));
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('.damaged-')),
    [],
  );

  await openAt(t, path);
  await readers.writeWorkerDetails(details);
  assert.deepEqual(await readers.workerDetails(), [details]);
});

test('a file of a newer Umbel is refused and left as it is', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  await (await openAt(t, path)).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 9999');
  database.close();
  const bytes = readFileSync(path);
  await assert.rejects(openSqliteStore({ path, log: warnings() }), failsWith('too_new'));
  await assert.rejects(openSqliteStore({ path, access: 'read' }), failsWith('too_new'));
  assert.deepEqual(readFileSync(path), bytes);
});

test('a path that cannot be a file is refused with its name', async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, 'umbel.db'));
  await assert.rejects(
    openSqliteStore({ path: join(folder, 'umbel.db'), log: warnings() }),
    (error) => failsWith('unavailable')(error) && String(error).includes(join(folder, 'umbel.db')),
  );
});

test('a folder that cannot be made is said at once', { skip: process.platform !== 'linux' }, async () => {
  await assert.rejects(
    openSqliteStore({ path: '/proc/umbel/history.db', log: warnings() }),
    failsWith('unavailable'),
  );
});

test('a new file and its folder can be read by their owner alone', async (t) => {
  const folder = join(folderFor(t), 'state', 'umbel');
  const store = await openAt(t, join(folder, 'umbel.db'));
  await store.write(batch(1));
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const file of readdirSync(folder)) {
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
  }
});

test('many processes may open a new file at once', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(SOURCE)});
    const { aTask } = await import(${JSON.stringify(new URL('../../../test/store/sample-records.ts', import.meta.url).href)});
    const store = await openSqliteStore({ path: ${JSON.stringify(path)}, log: console });
    const id = String(process.pid);
    await store.write({ tasks: [aTask({ uuid: id, name: 'shared', received: 1 })], workers: [] });
    await store.close();`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
      stdio: 'inherit',
    }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown));
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0]);
  const store = await openAt(t, path);
  assert.deepEqual(await store.countByState(), new Map([['RECEIVED', 6]]));
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((file) => file.includes('damaged')),
    [],
  );
});

test('what one connection remembers is dropped when another one writes', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  const one = await openAt(t, path);
  const two = await openAt(t, path);
  assert.equal((await one.readTasks(['a'])).size, 0);
  await two.write({ tasks: [aTask({ uuid: 'a', received: 1, name: 'n' })], workers: [] });
  await one.write({ tasks: [aTask({ uuid: 'a', received: 2, name: 'n' })], workers: [] });
  assert.equal(await two.prune({ before: 3, limit: 10 }), 1);
  await one.write({ tasks: [aTask({ uuid: 'a', received: 4, name: 'n' })], workers: [] });
  await two.write({ tasks: [aTask({ uuid: 'b', received: 5, name: 'n' })], workers: [] });
  const page = await one.listTasks({ ...NEWEST, filter: { names: ['n'] }, limit: 1 });
  assert.deepEqual([page.tasks[0]?.uuid, page.total], ['b', 2]);
});

test('a store locked by another process is unavailable for the moment, and works when the lock is gone', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  const store = await openAt(t, path);
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(store.write(batch(1)), failsWith('unavailable'));
  assert.equal((await store.listTasks(NEWEST)).total, 0);
  other.exec('ROLLBACK');
  await store.write(batch(1));
  assert.equal((await store.listTasks(NEWEST)).total, 1);
});

test('on a full disk writing is refused as full, reading goes on, and writing works again when there is space', async (t) => {
  const folder = mountSmallDisk(t);
  if (folder === undefined) return;
  const path = join(folder, 'umbel.db');
  const store = await openAt(t, path);
  const readers = await openSqliteReaders({ path, log: warnings() });
  t.after(() => readers.close());
  const ballast = join(folder, 'ballast');
  await store.write(batch(100));
  writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
  let written = 100;
  const fill = async () => {
    for (;;) {
      await store.write(batch(500, written, 'z'.repeat(500)));
      written += 500;
    }
  };
  await assert.rejects(fill(), failsWith('full'));
  await assert.rejects(store.write(batch(500, written, 'z'.repeat(500))), failsWith('full'));
  for (const reading of [store, readers]) {
    assert.equal((await reading.facts()).tasks, written);
    const sorted = await reading.listTasks({ ...NEWEST, sortBy: 'args', filter: { words: ['T1'] } });
    assert.ok(sorted.tasks.length > 0);
  }
  rmSync(ballast);
  await store.write(batch(500, written, 'z'.repeat(500)));
  assert.equal((await readers.facts()).tasks, written + 500);
});

test('deleted tasks make the file smaller, step by step', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  const store = await openAt(t, path);
  for (let n = 0; n < 10; n++) await store.write(batch(1000, n * 1000, 'w'.repeat(300)));
  const size = (await store.facts()).sizeBytes;
  let steps = 0;
  while ((await store.prune({ before: 10_500, limit: 250 })) > 0) steps++;
  assert.ok(steps >= 36, `${steps} steps`);
  let freed = 0;
  for (let bytes = 1; bytes > 0; freed += bytes) {
    bytes = await store.shrink(256 * 1024);
    assert.ok(bytes <= 256 * 1024);
  }
  await store.close();
  assert.ok(freed > size / 3, `${freed} of ${size} bytes given back`);
  assert.ok(statSync(path).size < size / 3, `${statSync(path).size} of ${size} bytes left`);
});

test('the mode of an existing file is left alone', async (t) => {
  const path = join(folderFor(t), 'umbel.db');
  await (await openAt(t, path)).close();
  chmodSync(path, 0o640);
  await (await openAt(t, path)).close();
  assert.equal(statSync(path).mode & 0o777, 0o640);
});
