// Tasks come in generations: a new one is begun in time, one that has stopped growing is indexed for searching, an empty one goes.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startPostgres, until } from '@umbel/testkit';
import { uuids } from '../../../test/store/asking.ts';
import { aTask } from '../../../test/store/sample-records.ts';
import type { Store } from '../store.ts';
import { GENERATION_IDS } from './generations.ts';
import { openPostgresStore } from './open-postgres.ts';
import { BLOCK_IDS } from './task-ids.ts';

const log = { info: () => undefined, warn: () => undefined };

/** Two stores: what the first writes is of the first generation, what the second writes of the third. */
async function openTwoGenerations(t: TestContext) {
  const postgres = await startPostgres(t);
  const open = async (): Promise<Store> => {
    const store = await openPostgresStore({ url: postgres.url, log });
    t.after(() => store.close());
    return store;
  };
  const old = await open();
  await old.write({ tasks: [aTask({ uuid: 'first', received: 1, args: "('needle',)" })], workers: [] });
  await postgres.query("SELECT setval('umbel.id_blocks', $1)", [(2 * GENERATION_IDS) / BLOCK_IDS]);
  const young = await open();
  await young.write({ tasks: [aTask({ uuid: 'second', received: 2 })], workers: [] });
  const tables = async () => {
    const sql = `SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE inhparent = 'umbel.tasks'::regclass ORDER BY 1`;
    return (await postgres.query(sql)).map(({ relname }) => relname);
  };
  return { postgres, old, young, tables };
}

test('every generation is there before its first task, and lists look into all', async (t) => {
  const { young, tables } = await openTwoGenerations(t);
  assert.deepEqual(await uuids(young, {}), ['second', 'first']);
  await young.tidy();
  assert.deepEqual(await tables(), ['tasks_0', 'tasks_1', 'tasks_2', 'tasks_3']);
});

test('a task stays in its generation, also when it is written long afterwards', async (t) => {
  const { postgres, young } = await openTwoGenerations(t);
  await young.write({ tasks: [aTask({ uuid: 'first', received: 9, state: 'SUCCESS' })], workers: [] });
  assert.deepEqual(await uuids(young, {}), ['first', 'second']);
  const rows = await postgres.query('SELECT count(*)::int AS rows FROM umbel.tasks_0');
  assert.deepEqual(rows, [{ rows: 1 }]);
});

test('a generation that has stopped growing gets an index for searching, also after one was given up half-way', async (t) => {
  const { postgres, young } = await openTwoGenerations(t);
  const valid = async () => {
    const sql = `SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid WHERE relname LIKE '%\\_words' AND indisvalid ORDER BY 1`;
    return (await postgres.query(sql)).map(({ relname }) => relname);
  };
  await postgres.query('CREATE INDEX tasks_0_words ON umbel.tasks_0 (id)');
  await postgres.query(
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'umbel.tasks_0_words'::regclass`,
  );
  await until(
    async () => {
      await young.tidy();
      return (await valid()).length === 2;
    },
    { what: 'the indexes', everyMs: 50 },
  );
  assert.deepEqual(await valid(), ['tasks_0_words', 'tasks_1_words']);
  const plan = await postgres.query(`SELECT indexdef FROM pg_indexes WHERE indexname = 'tasks_0_words'`);
  assert.match(String(plan[0]?.['indexdef']), /gin_trgm_ops/);
  assert.deepEqual(await uuids(young, { filter: { words: ['NEEDLE'] } }), ['first']);
});

test('a generation without tasks goes as a whole, and whoever still has ids of it goes on', async (t) => {
  const { old, young, tables } = await openTwoGenerations(t);
  assert.equal(await young.prune({ before: 2, limit: 10 }), 1);
  while ((await young.shrink(1_000_000)) > 0);
  assert.deepEqual(await tables(), ['tasks_2', 'tasks_3']);
  await old.write({ tasks: [aTask({ uuid: 'third', received: 3 })], workers: [] });
  assert.deepEqual(await uuids(old, {}), ['third', 'second']);
});
