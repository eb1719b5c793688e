// The server or the way to it fails: every call says so in time, and nothing is lost or counted twice.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { startPostgres, startProxy, until } from '@umbel/testkit';
import { NEWEST, uuids } from '../../../test/store/asking.ts';
import { startLossyWay } from '../../../test/store/lossy-way.ts';
import { aTask } from '../../../test/store/sample-records.ts';
import { mountSmallDisk } from '../../../test/store/small-disk.ts';
import { type Store, type StoreBatch, StoreError } from '../store.ts';
import { openPostgresStore, type PostgresStoreOptions } from './open-postgres.ts';

const log = { info: () => undefined, warn: () => undefined };
const isStoreError = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;
const unavailable = isStoreError('unavailable');
const MINUTE = Math.floor(Date.now() / 60_000) * 60;

async function openStore(
  t: TestContext,
  url: string,
  options: Partial<PostgresStoreOptions> = {},
): Promise<Store> {
  const store = await openPostgresStore({ url, log, ...options });
  t.after(() => store.close());
  return store;
}

const batchOf = (n: number): StoreBatch => ({
  tasks: [aTask({ uuid: `t${n}`, received: n })],
  workers: [],
  tallies: [
    {
      kind: 'all',
      label: '',
      at: MINUTE,
      counts: { received: 1, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 },
      runSeconds: 1,
      run: [[3, 1]],
      wait: [],
    },
  ],
});
/** As the collector does: again and again until the store takes it. */
async function writeUntilTaken(store: Store, batch: StoreBatch, onRefusal = () => {}): Promise<void> {
  for (;;) {
    try {
      await store.write(batch);
      return;
    } catch (error) {
      assert.ok(unavailable(error), String(error));
      onRefusal();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
async function counted(store: Store): Promise<(number | undefined)[]> {
  const [sum] = await store.tallies({ kind: 'all', from: MINUTE, to: MINUTE + 1, stepS: 60 });
  return [(await store.facts()).tasks, sum?.counts.received, sum?.run[0]?.[1]];
}

test('a server that cannot be reached is unavailable, at the start and later', async (t) => {
  const { url, host, port } = await startPostgres(t);
  const proxy = await startProxy(t, { host, port });
  const store = await openStore(t, proxy.url(url));
  await proxy.cut();
  await assert.rejects(store.write(batchOf(1)), unavailable);
  await assert.rejects(store.listTasks(NEWEST), unavailable);
  await assert.rejects(openPostgresStore({ url: proxy.url(url), log }), unavailable);
  await proxy.restore();
  await store.write(batchOf(1));
  assert.deepEqual(await uuids(store, {}), ['t1']);
});

test('a server that is killed and comes back finds the writer where it was', async (t) => {
  const postgres = await startPostgres(t, { private: true });
  const store = await openStore(t, postgres.url);
  let refused = 0;
  let written = 0;
  const refuse = () => {
    refused++;
  };
  const writing = (async () => {
    for (; written < 150; written++) await writeUntilTaken(store, batchOf(written), refuse);
  })();
  await until(() => written > 20, { what: 'some batches to be written' });
  await postgres.kill();
  await until(() => refused > 0, { what: 'a batch to be refused' });
  await postgres.restart();
  await writing;
  assert.deepEqual(await counted(store), [150, 150, 150]);
});

test('connections that are broken off again and again lose nothing and double nothing', async (t) => {
  const postgres = await startPostgres(t);
  const proxy = await startProxy(t, postgres);
  const store = await openStore(t, proxy.url(postgres.url));
  let written = 0;
  const writing = (async () => {
    for (; written < 120; written++) await writeUntilTaken(store, batchOf(written));
  })();
  for (let round = 0; round < 20; round++) {
    const reached = 4 * round;
    await until(() => written >= reached, { what: 'batches to be written', everyMs: 2 });
    if (round % 2 === 0) proxy.drop();
    else await postgres.disconnectAll();
  }
  await writing;
  assert.deepEqual(await counted(store), [120, 120, 120]);
});

test('a batch whose commit nobody confirmed counts once; when the server cannot be asked, it is refused and may have been applied', async (t) => {
  const postgres = await startPostgres(t);
  const way = await startLossyWay(t, postgres);
  const store = await openStore(t, way.url(postgres.url));
  await store.write(batchOf(0));
  way.loseNextCommit();
  await store.write(batchOf(1));
  assert.deepEqual(await counted(store), [2, 2, 2]);

  // Then the writer begins with reading.
  way.loseNextCommit({ thenRefuse: true });
  await assert.rejects(store.write(batchOf(2)), unavailable);
  await assert.rejects(store.readTasks(['t2']), unavailable);
  way.accept();
  assert.deepEqual([...(await store.readTasks(['t2'])).keys()], ['t2']);
  assert.deepEqual(await counted(store), [3, 3, 3]);
});

test('a network that has died is noticed', async (t) => {
  const postgres = await startPostgres(t);
  const proxy = await startProxy(t, postgres);
  const store = await openStore(t, proxy.url(postgres.url), { readTimeoutMs: 300, writeTimeoutMs: 300 });
  proxy.freeze();
  await assert.rejects(store.write(batchOf(1)), unavailable);
  await assert.rejects(store.listTasks(NEWEST), unavailable);
  proxy.drop();
  proxy.thaw();
  await writeUntilTaken(store, batchOf(1));
  assert.deepEqual(await counted(store), [1, 1, 1]);
});

test('reading that takes too long is given up as too slow; a list with a budget says what it has not seen', async (t) => {
  const postgres = await startPostgres(t);
  const store = await openStore(t, postgres.url, { readTimeoutMs: 400 });
  await store.write({
    tasks: Array.from({ length: 50 }, (_, n) => aTask({ uuid: `t${n}`, received: n })),
    workers: [],
  });
  // A function that is called for each row makes every look at the tasks slow.
  await postgres.query(`ALTER TABLE umbel.labels RENAME TO real_labels`);
  await postgres.query(
    `CREATE FUNCTION umbel.slowly(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1 FROM pg_sleep(0.05)'`,
  );
  await postgres.query(
    `CREATE VIEW umbel.labels AS SELECT umbel.slowly(id) AS id, kind, key, text, tasks FROM umbel.real_labels, generate_series(1, 20)`,
  );
  await assert.rejects(
    store.listTasks({ ...NEWEST, filter: { states: ['RECEIVED'] } }),
    isStoreError('too_slow'),
  );
});

test('a statement that somebody cancelled can be tried again', async (t) => {
  const postgres = await startPostgres(t);
  const store = await openStore(t, postgres.url);
  await store.write(batchOf(1));
  const lock = postgres.query(`BEGIN; LOCK TABLE umbel.task_keys; SELECT pg_sleep(1.5); COMMIT`);
  const held = `SELECT FROM pg_locks WHERE relation = 'umbel.task_keys'::regclass AND mode = 'AccessExclusiveLock' AND granted`;
  await until(async () => (await postgres.query(held)).length > 0, { what: 'the lock to be held' });
  const writing = assert.rejects(store.write(batchOf(2)), unavailable);
  await until(
    async () => {
      const waiting = `SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'umbel'`;
      return (await postgres.query(waiting)).length > 0;
    },
    { what: 'the write to wait for the lock' },
  );
  await writing;
  await lock;
  await store.write(batchOf(2));
  assert.deepEqual(await counted(store), [2, 2, 2]);
});

test('a disk that is full is told as full, and writing goes on when there is space', async (t) => {
  const folder = mountSmallDisk(t, 12);
  if (folder === undefined) return;
  const postgres = await startPostgres(t, { private: true });
  const { uid, gid } = ownerOf(postgres.pid());
  execFileSync('chown', [`${uid}:${gid}`, folder]);
  await postgres.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
  await postgres.query(`ALTER DATABASE ${postgres.database} SET default_tablespace = small`);
  const store = await openStore(t, postgres.url);
  let written = 0;
  const args = 'x'.repeat(1_500);
  const more = () => {
    const tasks = Array.from({ length: 200 }, (_, n) =>
      aTask({ uuid: `t${written}-${n}`, received: n, args }),
    );
    return store.write({ tasks, workers: [] });
  };
  await assert.rejects(async () => {
    for (; written < 200; written++) await more();
  }, isStoreError('full'));
  const [{ bytes } = {}] = await postgres.query(`SELECT pg_relation_size('umbel.task_keys') AS bytes`);
  assert.ok(Number(bytes) > 0);
  assert.equal((await store.facts()).tasks, written * 200);
  execFileSync('mount', ['-o', 'remount,size=40m', folder]);
  await more();
  assert.equal((await store.facts()).tasks, (written + 1) * 200);
});

function ownerOf(pid: number): { uid: string; gid: string } {
  const read = (format: string) =>
    execFileSync('stat', ['-c', format, `/proc/${pid}`], { encoding: 'utf8' }).trim();
  return { uid: read('%u'), gid: read('%g') };
}
