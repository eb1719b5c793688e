import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '@umbel/testkit';
import { batch, largeDamagedFile, openAt } from '../../test/store/history-file.ts';
import { aTask } from '../../test/store/sample-records.ts';
import { mountSmallDisk } from '../../test/store/small-disk.ts';
import { HISTORY_FILE } from '../store/sqlite/file-schema.ts';
import { openSqliteLedger } from '../store/sqlite/open-ledger.ts';
import { runCommand } from './run-command.ts';

const ALL = ['db info', 'db check', 'db backup', 'db prune'];

/** A command line beside the history at `db`; its words end where a path begins. */
function place(t: TestContext, db = join(tempFolder(t), 'umbel.db')) {
  const folder = dirname(db);
  async function umbel(words: string, ...more: string[]) {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });
    const code = await runCommand([...words.split(' '), ...more], {
      stdin: Readable.from([]),
      stdout: stream,
      stderr: stream,
      env: { UMBEL_DB: db },
    });
    return { code, text: chunks.join('') };
  }
  /** The words of a command with all that it needs. */
  const whole = (command: string): [string, ...string[]] =>
    command === 'db backup' ? [command, join(folder, 'copy.db')] : [command];
  return { db, folder, umbel, whole, copy: join(folder, 'copy.db') };
}

function change(path: string, sql: string) {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

test('db info says what the history holds while a server has it open', async (t) => {
  const { db, umbel } = place(t);
  const store = await openAt(t, db);
  await store.write(batch(1200));
  await store.write({
    tasks: [aTask({ uuid: 'old', received: 86_400.25, state: 'FAILURE' })],
    workers: [],
  });
  await store.write({ tasks: [aTask({ uuid: 'first', received: 60, state: 'FAILURE' })], workers: [] });
  const { code, text } = await umbel('db info');
  assert.equal(code, 0);
  const line = (head: string) => new RegExp(`^${head} +(.*)$`, 'm').exec(text)?.[1] ?? '';
  assert.equal(line('Path'), db);
  assert.match(line('File'), /^[\d.]+ [km]?B \([\d,]+ bytes\)$|^0 bytes$/i);
  assert.ok(line('Write-ahead log').includes(`${statSync(`${db}-wal`).size.toLocaleString('en-US')} bytes`));
  assert.equal(line('Free inside'), '0 bytes');
  assert.equal(line('Tasks'), '1,202');
  assert.equal(line('Oldest task'), '1970-01-01T00:01:00.000Z');
  assert.match(line('Bytes a task'), /^\d{3}$/);
  assert.equal(line('Schema version'), String(HISTORY_FILE.migrations.length));
  assert.match(text, /\n\nSTATE +TASKS\nRECEIVED +1,200\nFAILURE +2\n$/);
});

test('db info of a history without tasks', async (t) => {
  const { db, umbel } = place(t);
  await openAt(t, db);
  const { text } = await umbel('db info');
  assert.match(text, /^Tasks +0\nOldest task +none\nBytes a task +none\nSchema version +\d+\n$/m);
});

test('db backup copies one whole state while the history is written, and the copy opens as a store', async (t) => {
  const { db, folder, umbel, copy } = place(t);
  const store = await openAt(t, db);
  const perBatch = 50;
  await store.write(batch(4000, 0, 'x'.repeat(2000)));
  let written = 4000;
  const copying = new AbortController();
  const writing = (async () => {
    while (!copying.signal.aborted) {
      await store.write(batch(perBatch, written));
      written += perBatch;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const { code, text } = await umbel('db backup', copy).finally(() => copying.abort());
  await writing;
  assert.equal(code, 0);
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.startsWith('umbel.db')),
    ['copy.db'],
  );
  const bytes = statSync(copy).size.toLocaleString('en-US');
  const [, said = ''] = /^([\d,]+) tasks, .*, copied to .*copy\.db\n$/.exec(text) ?? [];
  assert.ok(text.includes(`(${bytes} bytes)`));

  const opened = await openAt(t, copy);
  const { tasks, truncated } = await opened.listTasks({
    filter: {},
    sortBy: 'received',
    descending: false,
    limit: 10_000,
    offset: 0,
  });
  assert.equal(truncated, false);
  assert.equal(tasks.length, Number(said.replaceAll(',', '')));
  assert.equal((tasks.length - 4000) % perBatch, 0);
  assert.ok(tasks.length < written, 'nothing was written meanwhile');
  assert.deepEqual(
    tasks.map(({ uuid }) => uuid),
    tasks.map((_, n) => `t${n}`),
  );
  assert.deepEqual(await place(t, copy).umbel('db check'), { code: 0, text: 'ok\n' });
});

test('db backup replaces a file only when it is told to, and never one of the server', async (t) => {
  const { db, folder, umbel, copy } = place(t);
  const store = await openAt(t, db);
  await store.write(batch(3));
  const ledger = join(folder, 'umbel-access.db');
  writeFileSync(ledger, 'ledger');
  writeFileSync(copy, 'precious');
  symlinkSync(copy, join(folder, 'link.db'));
  const refused: [string[], RegExp][] = [
    [[copy], /copy\.db is there already: .*--force/],
    [[folder, '--force'], /not a plain file/],
    [[join(folder, 'link.db'), '--force'], /not a plain file/],
    [[join(folder, 'no', 'copy.db')], /There is no folder .*no\.$/],
    ...[db, `${db}-wal`, `${db}-journal`, ledger].map((path): [string[], RegExp] => [
      [path, '--force'],
      /is the server's own/,
    ]),
  ];
  for (const [words, message] of refused)
    await assert.rejects(umbel('db backup', ...words), { name: 'CommandError', message }, words[0]);
  assert.deepEqual([readFileSync(copy, 'utf8'), readFileSync(ledger, 'utf8')], ['precious', 'ledger']);

  writeFileSync(`${join(folder, 'b.db')}-wal`, 'of another time');
  await assert.rejects(umbel('db backup', join(folder, 'b.db')), /b\.db-wal is there/);
  // As every night, with a look at what came of it.
  for (let night = 0; night < 2; night++) {
    assert.match((await umbel('db backup', copy, '--force')).text, /^3 tasks, /);
    assert.equal((await place(t, copy).umbel('db check')).text, 'ok\n');
  }
  assert.equal((await (await openAt(t, copy)).facts()).tasks, 3);
  assert.equal((await store.facts()).tasks, 3);
});

test('db backup leaves nothing behind when it fails', async (t) => {
  const { db, folder, umbel } = place(t);
  await (await openAt(t, db)).write(batch(3));
  const before = readdirSync(folder);
  // The name fits, the longer one beside it that the copy grows under does not.
  await assert.rejects(umbel('db backup', join(folder, 'n'.repeat(250))), {
    name: 'StoreError',
    message: /cannot be written/,
  });
  assert.deepEqual(readdirSync(folder), before);
  await assert.rejects(umbel('db backup'), { name: 'ConfigError', message: /takes FILE/ });
  await assert.rejects(umbel('db backup', 'x', '--force=yes'), { name: 'ConfigError', message: /--force/ });
});

test('db backup leaves nothing behind on a disk that is full', async (t) => {
  const disk = mountSmallDisk(t);
  if (disk === undefined) return;
  const { db, umbel } = place(t);
  await (await openAt(t, db)).write(batch(2000, 0, 'x'.repeat(8000)));
  await assert.rejects(umbel('db backup', join(disk, 'copy.db')), {
    name: 'StoreError',
    message: /no space left to write .*copy\.db$/,
  });
  assert.deepEqual(readdirSync(disk), []);
});

test('db check is content with a history in use', async (t) => {
  const { db, umbel } = place(t);
  const store = await openAt(t, db);
  await store.write(batch(500));
  await store.write({
    tasks: [aTask({ uuid: 't1', received: 5, worker: 'w@1', queue: 'q', client: 'c', exchange: '' })],
    workers: [],
  });
  await store.prune({ before: 1200, limit: 100 });
  assert.deepEqual(await umbel('db check'), { code: 0, text: 'ok\n' });
});

test('db check finds a wrong count and a lost label, and changes nothing', async (t) => {
  const { db, folder, umbel } = place(t);
  const store = await openAt(t, db);
  await store.write(batch(12));
  const worker = 'w\u001b[2J';
  await store.write({ tasks: [aTask({ uuid: 'a', received: 5, worker, queue: 'q' })], workers: [] });
  await store.close();
  change(db, "UPDATE labels SET tasks = 99 WHERE text = 'shop.add'");
  change(db, "UPDATE labels SET tasks = 0 WHERE kind = 'worker'; DELETE FROM labels WHERE kind = 'queue'");
  const before = readFileSync(db);
  assert.deepEqual(await umbel('db check'), {
    code: 1,
    text: [
      'the name shop.add counts 99 tasks, and 12 have it\n',
      'the worker w\ufffd[2J counts 0 tasks, and 1 have it\n',
      '1 tasks have a queue that is not in the list of labels\n',
    ].join(''),
  });
  assert.deepEqual(readFileSync(db), before);
  assert.ok(readdirSync(folder).every((name) => /^umbel\.db(-wal|-shm)?$/.test(name)));
});

test('db check finds damage in the middle of a file, and leaves it where it is', async (t) => {
  const { umbel, db, folder } = place(t, await largeDamagedFile(t));
  const { code, text } = await umbel('db check');
  assert.equal(code, 1);
  assert.match(text, /\S+\n/);
  assert.ok(!/^ok$/m.test(text));
  assert.ok(existsSync(db));
  assert.ok(readdirSync(folder).every((name) => /^umbel\.db(-wal|-shm)?$/.test(name)));
});

test('a history that is missing is told, and none is made', async (t) => {
  const { folder, umbel, whole } = place(t);
  for (const command of ALL)
    await assert.rejects(umbel(...whole(command)), {
      name: 'CommandError',
      message: /^There is no history at .*umbel\.db\. Say where/,
    });
  assert.deepEqual(readdirSync(folder), []);
});

test('a file that is no history is told, and left as it is', async (t) => {
  const foreign: [string, (path: string) => unknown][] = [
    ['text', (path) => writeFileSync(path, 'Dear diary, '.repeat(500))],
    ['nothing', (path) => writeFileSync(path, '')],
    ['another program', (path) => change(path, 'CREATE TABLE notes (text)')],
    [
      'the ledger',
      async (path) => {
        const log = { info: () => undefined, warn: () => undefined };
        await (await openSqliteLedger({ path, log })).close();
      },
    ],
  ];
  for (const [name, make] of foreign) {
    const { db, umbel, whole, copy } = place(t);
    await make(db);
    const before = readFileSync(db);
    for (const command of ALL)
      await assert.rejects(
        umbel(...whole(command)),
        { name: 'CommandError', message: /umbel\.db is not a history of Umbel\.$/ },
        `${command}: ${name}`,
      );
    assert.deepEqual(readFileSync(db), before);
    assert.equal(existsSync(copy), false);
  }
});

test('a history that cannot be read is told: damaged from its start, a newer schema, a folder', async (t) => {
  const { db, umbel, whole } = place(t);
  writeFileSync(db, 'SQLite format 3\0 and then nothing of the kind'.repeat(100));
  await assert.rejects(umbel('db info'), { name: 'StoreError', message: /is damaged/ });
  const { code, text } = await umbel('db check');
  assert.deepEqual([code, /is damaged/.test(text)], [1, true]);

  const newer = place(t);
  await (await openAt(t, newer.db)).close();
  change(newer.db, 'PRAGMA user_version = 99');
  for (const command of ALL)
    await assert.rejects(newer.umbel(...whole(command)), { name: 'StoreError', message: /newer Umbel/ });

  const folder = place(t, tempFolder(t));
  await assert.rejects(folder.umbel('db info'), { name: 'StoreError', message: /cannot be read/ });
});

test('db prune says what would go, and then deletes that, while a server has the history open', async (t) => {
  const { db, umbel } = place(t);
  const store = await openAt(t, db);
  const now = Date.now() / 1000;
  const DAY = 86_400;
  const tasks = (count: number, days: number, state: string) =>
    Array.from({ length: count }, (_, n) =>
      aTask({ uuid: `${state}-${days}-${n}`, received: now - days * DAY - n, state, args: 'x'.repeat(500) }),
    );
  await store.write({
    tasks: [
      ...tasks(1500, 20, 'SUCCESS'),
      ...tasks(700, 1, 'SUCCESS'),
      ...tasks(30, 20, 'FAILURE'),
      ...tasks(40, 100, 'FAILURE'),
    ],
    workers: [],
  });
  const rule = ['--retention-age=7d', '--retention-failures=90d'];
  const dry = await umbel('db prune', '--dry-run', ...rule);
  assert.equal(dry.code, 0);
  assert.match(dry.text, /^too old +1,500 tasks in state SUCCESS\ntoo old +40 tasks in state FAILURE\n$/);
  assert.equal((await store.facts()).tasks, 2270);
  const capped = await umbel('db prune', '--dry-run', '--retention-age=off', '--retention-tasks=2000');
  assert.match(capped.text, /^too many +the oldest 270 tasks of the rest\n$/);

  const { code, text } = await umbel('db prune', ...rule);
  assert.equal(code, 0);
  assert.match(text, /^1,540 tasks deleted, [\d.]+ [kM]B \([\d,]+ bytes\) given back\n$/);
  const left = await store.countByState();
  assert.deepEqual([left.get('FAILURE'), left.get('SUCCESS')], [30, 700]);
  assert.equal((await umbel('db prune', '--dry-run', ...rule)).text, 'Nothing would be deleted.\n');
  assert.equal((await umbel('db check')).code, 0);
});
