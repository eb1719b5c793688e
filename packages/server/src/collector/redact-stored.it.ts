// Secrets that are to be masked before anything is kept: not one byte of them may be in the files of the history.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startRedis, tempFolder, until } from '@umbel/testkit';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { openSqliteReaders } from '../store/sqlite/reader-pool.ts';
import { openCollectorThread } from './collector-thread.ts';

const MARK = 'zq9Xv-secret';
const log = { info: () => undefined, warn: () => undefined };

/** Everything that a task can carry, each in the shapes that a secret can have. */
function eventsWithSecrets(uuid: string): Record<string, unknown>[] {
  const at = Date.now() / 1_000;
  const common = { hostname: 'celery@w', utcoffset: 0, pid: 1, clock: 1, uuid, timestamp: at };
  const task = {
    name: 'shop.login',
    args: `({'password': '${MARK}'}, User(password='${MARK}'), '{"token": "${MARK}"}', 'redis://:${MARK}@h/0')`,
    kwargs: `{'n': 1, 'password': '${MARK} ...`,
    retries: 0,
  };
  const error = {
    exception: `LoginError("password='${MARK}'")`,
    traceback: `Traceback (most recent call last):\n  login(token="${MARK}")\nLoginError: token: ${MARK}\n`,
  };
  return [
    { ...common, ...task, type: 'task-sent', queue: 'celery', exchange: '', routing_key: 'celery' },
    { ...common, ...task, type: 'task-received', timestamp: at + 0.1 },
    { ...common, ...error, type: 'task-retried', timestamp: at + 0.2 },
    { ...common, ...task, type: 'task-received', retries: 1, timestamp: at + 0.3 },
    { ...common, ...error, type: 'task-failed', timestamp: at + 0.4 },
    {
      ...common,
      uuid: `${uuid}-ok`,
      type: 'task-succeeded',
      result: `{'token': '${MARK}', 'n': 7}`,
      runtime: 1,
    },
  ];
}

/** Bytes of all files of the history while it is open, and after it was closed. */
async function collectSecrets(t: TestContext, names: readonly string[] | undefined): Promise<string> {
  const redis = await startRedis(t);
  const folder = tempFolder(t);
  const dbPath = join(folder, 'umbel.db');
  const redaction = names === undefined ? undefined : { names };
  const collector = await openCollectorThread({
    broker: { url: redis.url },
    history: { kind: 'file', path: dbPath },
    redaction,
    log,
  });
  t.after(() => collector.close());
  const store = await openSqliteReaders({ path: dbPath, log });
  t.after(() => store.close());
  await until(() => collector.status().events.connected, { what: 'the collector to be connected' });
  await publishEvents(redis.client(), eventsWithSecrets('t1'));
  const known = await until(
    async () => {
      const tasks = await store.readTasks(['t1', 't1-ok']);
      return tasks.get('t1')?.state === 'FAILURE' && tasks.size === 2 ? tasks : null;
    },
    { what: 'both tasks' },
  );
  assert.match(known.get('t1-ok')?.result ?? '', /'n': 7/);
  const bytes = () =>
    readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'latin1'))
      .join('\n');
  const open = bytes();
  assert.ok(open.includes('shop.login'), 'the files hold the task');
  await store.close();
  await collector.close();
  return open + bytes();
}

test('no byte of a secret reaches the files of the history', { timeout: 60_000 }, async (t) => {
  assert.ok(!(await collectSecrets(t, ['password', 'token'])).includes(MARK));
});

test('without rules everything is kept as it comes', { timeout: 60_000 }, async (t) => {
  assert.ok((await collectSecrets(t, undefined)).includes(MARK));
});
