import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from './index.ts';

test('each test has an empty database of its own, which goes with it', async (t) => {
  const watcher = await startPostgres(t);
  const cleanUps: (() => void | Promise<void>)[] = [];
  const other = await startPostgres({ after: (cleanUp) => void cleanUps.push(cleanUp) });
  await other.query('CREATE TABLE things (id int)');
  await assert.rejects(watcher.query('SELECT * FROM things'), /does not exist/);
  const names = async (): Promise<unknown[]> =>
    (await watcher.query('SELECT datname FROM pg_database')).map(({ datname }) => datname);
  assert.ok((await names()).includes(other.database));
  for (const cleanUp of cleanUps) await cleanUp();
  assert.ok(!(await names()).includes(other.database));
  await assert.rejects(watcher.restart(), /private/);
});

test('a private server keeps its data over a kill, and has the settings that were asked for', async (t) => {
  const postgres = await startPostgres(t, { private: true, settings: { max_connections: '17' } });
  await postgres.query('CREATE TABLE things AS SELECT $1::int AS id', [4]);
  await postgres.kill();
  await assert.rejects(postgres.query('SELECT 1'), { code: 'ECONNREFUSED' });
  await postgres.restart();
  assert.deepEqual(await postgres.query('SELECT id FROM things'), [{ id: 4 }]);
  assert.deepEqual(await postgres.query('SHOW max_connections'), [{ max_connections: '17' }]);
});
