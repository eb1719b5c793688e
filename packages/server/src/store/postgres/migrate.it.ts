import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '@umbel/testkit';
import { NEWEST } from '../../../test/store/asking.ts';
import { aTask } from '../../../test/store/sample-records.ts';
import { StoreError } from '../store.ts';
import { openPostgresStore } from './open-postgres.ts';

const log = { info: () => undefined, warn: () => undefined };
const isStoreError = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof StoreError && error.code === code && words.test(error.message);

test('five processes that start at once over an empty database all find the newest tables', async (t) => {
  const postgres = await startPostgres(t);
  const { url } = postgres;
  const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgresStore({ url, log })));
  t.after(async () => void (await Promise.all(stores.map((store) => store.close()))));
  await Promise.all(
    stores.map((store, n) => store.write({ tasks: [aTask({ uuid: `${n}`, received: n })], workers: [] })),
  );
  for (const store of stores) assert.equal((await store.listTasks(NEWEST)).total, 5);
  assert.deepEqual(await postgres.query('SELECT kind, version FROM umbel.versions'), [
    { kind: 'history', version: 3 },
  ]);
});

test('a schema of a newer Umbel is left alone', async (t) => {
  const postgres = await startPostgres(t);
  const { url } = postgres;
  await (await openPostgresStore({ url, log })).close();
  await postgres.query('UPDATE umbel.versions SET version = 99');
  await assert.rejects(openPostgresStore({ url, log }), isStoreError('too_new', /version 99/));
});

test('two schemas of one database know nothing of each other', async (t) => {
  const { url } = await startPostgres(t);
  const one = await openPostgresStore({ url, log, schema: 'shop' });
  const two = await openPostgresStore({ url, log, schema: 'user' });
  t.after(async () => {
    await one.close();
    await two.close();
  });
  await one.write({ tasks: [aTask({ uuid: 'a', received: 1 })], workers: [] });
  assert.equal((await one.facts()).tasks, 1);
  assert.equal((await two.facts()).tasks, 0);
  await assert.rejects(openPostgresStore({ url, log, schema: 'shop; DROP SCHEMA shop' }), RangeError);
});

test('a user who may not make a schema uses one that is there, and is told so when there is none', async (t) => {
  const postgres = await startPostgres(t);
  const { url } = postgres;
  const name = `clerk_${process.pid}`;
  await postgres.query(`CREATE ROLE ${name} LOGIN`);
  const theirs = url.replace('//umbel@', `//${name}@`);
  await assert.rejects(
    openPostgresStore({ url: theirs, log }),
    isStoreError('unavailable', /permission denied/),
  );
  await postgres.query(`CREATE SCHEMA umbel AUTHORIZATION ${name}`);
  const store = await openPostgresStore({ url: theirs, log });
  await store.write({ tasks: [aTask({ uuid: 'a', received: 1 })], workers: [] });
  assert.equal((await store.facts()).tasks, 1);
  await store.close();
  await postgres.query(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
});

test('a database in another encoding is refused with a sentence that says what to do', async (t) => {
  const postgres = await startPostgres(t);
  const { url, database } = postgres;
  await postgres.query(`CREATE DATABASE ${database}_latin ENCODING 'LATIN1' TEMPLATE template0`);
  const open = openPostgresStore({ url: `${url}_latin`, log });
  await assert.rejects(open, isStoreError('unavailable', /LATIN1.*ENCODING 'UTF8'/));
  await postgres.query(`DROP DATABASE ${database}_latin`);
});

test('passwords are in no text', async (t) => {
  const { url } = await startPostgres(t);
  const store = await openPostgresStore({ url: url.replace('umbel@', 'umbel:s3cret@'), log });
  t.after(() => store.close());
  assert.doesNotMatch((await store.facts()).location, /s3cret/);
});
