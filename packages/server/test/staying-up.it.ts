// Umbel as a process on bad days: broker away, cut or frozen; killed; stopped; asleep. What each part does alone is
// tested beside it; here it is the whole that has to hold.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import {
  freePort,
  startProcess,
  startProxy,
  startRabbit,
  startRedis,
  startWorker,
  type TestScope,
  tempFolder,
  until,
} from '@umbel/testkit';
import { startUmbel, type UmbelProcess, type WorkerBody } from './start-umbel.ts';

/** Commands have to be answered within 10 s when the broker is away; the rest is room for a loaded machine. */
const COMMAND_LIMIT_MS = 15_000;

async function ready(umbel: UmbelProcess, isReady: boolean): Promise<string> {
  let text = '';
  await until(
    async () => {
      const reply = await umbel.get('/readyz');
      text = reply.text;
      return (reply.status === 200) === isReady;
    },
    { timeoutMs: 60_000, what: () => `/readyz to be ${isReady ? 'ready' : 'not ready'}; it says ${text}` },
  );
  return text;
}

async function ended(umbel: UmbelProcess, id: string | undefined): Promise<void> {
  await until(async () => (await umbel.get(`/api/task/info/${id}`)).json.state === 'SUCCESS', {
    timeoutMs: 30_000,
    what: `task ${id} to be shown as SUCCESS`,
  });
}

/** Sends through Umbel and waits until the worker's events have come back: both directions work. */
async function roundTrip(umbel: UmbelProcess): Promise<string> {
  const sent = await umbel.post('/api/task/send-task/shop.add', { args: [1, 2] });
  assert.equal(sent.status, 200, sent.text);
  await ended(umbel, sent.json['task-id']);
  return sent.json['task-id'] ?? '';
}

interface Place {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

const BROKERS: readonly (readonly [string, (t: TestScope) => Promise<Place>])[] = [
  ['Redis', (t) => startRedis(t)],
  [
    'RabbitMQ',
    async (t) => {
      const { url } = await startRabbit(t);
      const { hostname, port } = new URL(url);
      return { url, host: hostname, port: Number(port) };
    },
  ],
];

for (const [name, open] of BROKERS) {
  test(`on ${name}: cut or frozen, reading goes on, commands say 503, and everything comes back`, {
    timeout: 240_000,
  }, async (t) => {
    const broker = await open(t);
    const proxy = await startProxy(t, { host: broker.host, port: broker.port });
    await startWorker(t, { brokerUrl: broker.url, name: 'w@test' });
    const umbel = await startUmbel(t, { broker: proxy.url(broker.url) });
    await ready(umbel, true);
    await until(
      async () => (await umbel.get<Record<string, WorkerBody>>('/api/workers')).json['w@test']?.stats,
      { what: 'the worker' },
    );
    const first = await roundTrip(umbel);

    await t.test('cut', async () => {
      await proxy.cut();
      assert.match(await ready(umbel, false), /broker/);
      assert.equal((await umbel.get(`/api/task/info/${first}`)).status, 200);
      assert.equal((await umbel.get('/api/tasks')).json.total, 1);
      for (const path of [
        '/api/task/send-task/shop.add',
        '/api/task/revoke/x',
        '/api/worker/pool/grow/w@test',
      ]) {
        const reply = await umbel.post(path, {}, { signal: AbortSignal.timeout(COMMAND_LIMIT_MS) });
        assert.equal(reply.status, 503, `${path}: ${reply.text}`);
        assert.equal(reply.json.status, 503);
      }
      await proxy.restore();
      await ready(umbel, true);
      await roundTrip(umbel);
    });

    await t.test('frozen', async () => {
      proxy.freeze();
      const reply = await umbel.post(
        '/api/task/send-task/shop.add',
        {},
        { signal: AbortSignal.timeout(COMMAND_LIMIT_MS) },
      );
      assert.equal(reply.status, 503, reply.text);
      await ready(umbel, false);
      const { json } = await umbel.get<Record<string, WorkerBody>>('/api/workers?status=1');
      assert.equal(json['w@test']?.status, 'online', 'the worker is not to blame for the connection');
      proxy.thaw();
      await ready(umbel, true);
      await roundTrip(umbel);
    });
  });
}

test('a broker that is away at start is waited for', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  const umbel = await startUmbel(t, { broker: url, resultBackend: url });
  const away = JSON.parse(await ready(umbel, false)) as Record<string, { detail: string }>;
  for (const part of ['broker', 'events', 'result_backend']) {
    assert.match(away[part]?.detail ?? '', /disconnected since/, part);
  }
  assert.deepEqual((await umbel.get('/api/tasks')).json.tasks, []);
  const reply = await umbel.post('/api/task/revoke/x', {}, { signal: AbortSignal.timeout(COMMAND_LIMIT_MS) });
  assert.equal(reply.status, 503);
  await startRedis(t, { args: ['--port', `${port}`] });
  await ready(umbel, true);
  await startWorker(t, { brokerUrl: url, name: 'w@test' });
  await roundTrip(umbel);
});

test('kill -9 loses nothing that was shown, and SIGTERM ends with exit code 0', {
  timeout: 120_000,
}, async (t) => {
  const redis = await startRedis(t);
  const worker = await startWorker(t, { brokerUrl: redis.url, name: 'w@test' });
  const db = join(tempFolder(t), 'umbel.db');
  const killed = await startUmbel(t, { broker: redis.url, db });
  await ready(killed, true);
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) ids.push(await roundTrip(killed));
  await killed.process.kill();

  const second = await startUmbel(t, { broker: redis.url, db });
  for (const id of ids) assert.equal((await second.get(`/api/task/info/${id}`)).json.state, 'SUCCESS');
  // The last heartbeat before the kill may have come before the last task: the worker is asked anew.
  const processed = async () =>
    (await second.get<Record<string, WorkerBody>>('/api/workers')).json[worker.hostname]?.processed;
  assert.ok(((await processed()) ?? 0) >= 1, 'the worker was forgotten');
  await until(async () => (await processed()) === 10, { what: 'the worker to tell what it has done' });
  await ready(second, true);
  await roundTrip(second);
  assert.equal(await second.stop(), 0);
});

test('a damaged history is moved aside with a message, and Umbel starts with a new one', {
  timeout: 60_000,
}, async (t) => {
  const redis = await startRedis(t);
  const db = join(tempFolder(t), 'umbel.db');
  writeFileSync(db, 'this is not a database, and somebody may want it back'.repeat(100));
  const umbel = await startUmbel(t, { broker: redis.url, db });
  await ready(umbel, true);
  const kept = (await readdir(dirname(db))).filter((name) => name.startsWith('umbel.db.'));
  assert.equal(kept.filter((name) => !/-(wal|shm)$/.test(name)).length, 1, kept.join());
  assert.match(umbel.process.log(), /moved/);
});

test('a worker stays online for an Umbel that was asleep', { timeout: 120_000 }, async (t) => {
  const redis = await startRedis(t);
  await startWorker(t, { brokerUrl: redis.url, name: 'w@test' });
  const umbel = await startUmbel(t, { broker: redis.url });
  const status = async () =>
    (await umbel.get<Record<string, WorkerBody>>('/api/workers?status=1')).json['w@test']?.status;
  await until(async () => (await status()) === 'online', { what: 'the worker to be online' });
  umbel.process.signal('SIGSTOP');
  await sleep(35_000); // longer than any worker may be silent
  umbel.process.signal('SIGCONT');
  for (let n = 0; n < 30; n += 1) {
    assert.equal(await status(), 'online');
    await sleep(100);
  }
});

test('a wrong option ends with exit code 2 and one sentence', { timeout: 30_000 }, async () => {
  const umbel = await startProcess(process.execPath, [
    '--conditions=source',
    join(import.meta.dirname, '../src/main.ts'),
    '--prot',
    '1',
  ]);
  assert.equal((await umbel.exited).code, 2);
  assert.equal(umbel.log().trim(), 'umbel: --prot is not an option of umbel. Did you mean --port?');
});

test('a port or a database file that cannot be had ends with exit code 1 and one sentence', {
  timeout: 60_000,
}, async (t) => {
  const redis = await startRedis(t);
  const folder = tempFolder(t);
  const common = ['--conditions=source', join(import.meta.dirname, '../src/main.ts'), '--log-level', 'error'];
  const taken = ['--broker', redis.url, '--port', `${redis.port}`, '--db', join(folder, 'umbel.db')];
  const isFolder = ['--broker', redis.url, '--port', '0', '--db', folder];
  for (const [args, sentence] of [
    [
      taken,
      /^umbel: Another process listens on port \d+ of 127\.0\.0\.1 already\. Stop it, or take another --port\.$/,
    ],
    [isFolder, /^umbel: the database file .* cannot be opened: .*$/],
  ] as const) {
    const umbel = await startProcess(process.execPath, [...common, ...args]);
    assert.equal((await umbel.exited).code, 1);
    assert.match(umbel.log().trim(), sentence);
  }
});

test('passwords are in no reply and in no log line', { timeout: 60_000 }, async (t) => {
  const redis = await startRedis(t, { password: 'hunter2' });
  await startWorker(t, { brokerUrl: redis.url, resultBackend: redis.url, name: 'w@test' });
  const umbel = await startUmbel(t, {
    broker: redis.url,
    resultBackend: redis.url,
    args: ['--log-level', 'trace'],
  });
  await ready(umbel, true);
  await until(
    async () => (await umbel.get<Record<string, WorkerBody>>('/api/workers')).json['w@test']?.stats,
    { what: 'the worker' },
  );
  for (const path of [
    '/',
    '/readyz',
    '/healthz',
    '/api/workers?refresh=1',
    '/api/tasks',
    '/api/openapi.json',
    '/api/queues/length',
  ]) {
    const reply = await umbel.get(path);
    assert.equal(reply.status, 200, path);
    assert.ok(!reply.text.includes('hunter2'), path);
  }
  assert.ok(!umbel.process.log().includes('hunter2'), 'the log');
});
