// Chunks must always be what is in the rows, whatever was written, deleted, sealed and looked at in between.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import { tempFolder } from '@umbel/testkit';
import { NEWEST } from '../../../../test/store/asking.ts';
import { aTask } from '../../../../test/store/sample-records.ts';
import { randomNumbers, randomTasks } from '../../../../test/store/random-tasks.ts';
import { parseQuery } from '../../../query/parse-query.ts';
import type { Store, TaskFilter } from '../../store.ts';
import { openSqliteStore } from '../open-sqlite.ts';
import { CHUNK_ROWS } from './chunk.ts';

const log = { info: () => undefined, warn: () => undefined };
const FILTERS: readonly TaskFilter[] = [
  {},
  { states: ['FAILURE'] },
  { query: parseQuery('4711 -name:mail', { nowS: 0 }) ?? undefined },
  { query: parseQuery('exception:=KeyError OR run:>5s', { nowS: 0 }) ?? undefined },
];

function openPair(t: TestContext) {
  const path = join(tempFolder(t), 'umbel.db');
  const opened: Store[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
  });
  const open = async (access: 'own' | 'read') => {
    const store = await openSqliteStore(access === 'own' ? { path, log } : { path, access });
    opened.push(store);
    return store;
  };
  return { path, open };
}

async function tidyAll(store: Store): Promise<void> {
  while (await store.tidy());
}

/** What a list over the whole history says, by the store and by the rows alone. */
async function expectSame(
  store: Store,
  kept: ReadonlyMap<string, TaskRecord>,
  context: string,
): Promise<void> {
  for (const [index, filter] of FILTERS.entries()) {
    const page = await store.listTasks({ ...NEWEST, filter, limit: 100_000 });
    const where = `${context}, filter ${index}`;
    assert.deepEqual([page.totalKind, page.unseen], ['exact', 0], where);
    for (const task of page.tasks) assert.deepEqual(task, kept.get(task.uuid), where);
    const failures = [...kept.values()].filter(({ state }) => state === 'FAILURE').length;
    if (index === 0) assert.equal(page.tasks.length, kept.size, where);
    if (index === 1) assert.equal(page.tasks.length, failures, where);
    if (index > 1) assert.ok(page.tasks.length > 0, where);
  }
}

function sealedChunks(path: string): { chunks: number; rows: number } {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare('SELECT count(*) AS chunks, total(rows) AS rows FROM chunks').get() as {
      chunks: number;
      rows: number;
    };
  } finally {
    database.close();
  }
}

test('lists are what the rows say, after any writes, deletions, sealing and reopening, on both connections', async (t) => {
  const { path, open } = openPair(t);
  let writer = await open('own');
  const reader = await open('read');
  const random = randomNumbers(5);
  const kept = new Map<string, TaskRecord>();
  let at = 0;
  for (let round = 0; round < 12; round++) {
    const fresh = randomTasks(1_000 + round, 2_500).map((task) => ({
      ...task,
      uuid: `${round}-${task.uuid}`,
      received: ++at,
      timestamp: at,
    }));
    const changed = [...kept.values()]
      .filter(() => random() < 0.05)
      .map((task) => ({ ...task, state: 'FAILURE', failed: at, timestamp: at }));
    for (const task of [...fresh, ...changed]) kept.set(task.uuid, task);
    await writer.write({ tasks: [...fresh, ...changed], workers: [] });
    if (round % 3 === 1) await tidyAll(writer);
    if (round % 5 === 3) {
      const before = at * 0.3;
      while ((await writer.prune({ beforeByState: new Map([['SUCCESS', before]]), limit: 700 })) > 0);
      for (const [uuid, task] of kept)
        if (task.state === 'SUCCESS' && task.timestamp < before) kept.delete(uuid);
    }
    if (round === 7) {
      await writer.close();
      writer = await open('own');
    }
    if (round % 2 === 0) await expectSame(reader, kept, `reader, round ${round}`);
    if (round % 4 === 3) await expectSame(writer, kept, `writer, round ${round}`);
  }
  await tidyAll(writer);
  await expectSame(reader, kept, 'reader, at the end');
  await expectSame(writer, kept, 'writer, at the end');
  assert.ok(sealedChunks(path).chunks >= 4, 'some chunks were sealed');
});

test('chunks with thousands of changed rows are sealed anew, and what was noted of changes goes', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 2_000_000_000_000 });
  const { path, open } = openPair(t);
  const writer = await open('own');
  const tasks = randomTasks(21, CHUNK_ROWS * 5).map((task, index) => ({
    ...task,
    received: index,
    timestamp: index,
  }));
  for (let from = 0; from < tasks.length; from += 2_000)
    await writer.write({ tasks: tasks.slice(from, from + 2_000), workers: [] });
  await tidyAll(writer);
  assert.equal(sealedChunks(path).chunks, 2);
  const changed = tasks
    .slice(0, CHUNK_ROWS + 500)
    .map((task) => ({ ...task, state: 'REVOKED', revoked: 7, timestamp: 1e6 }));
  await writer.write({ tasks: changed, workers: [] });
  const noted = () => {
    const database = new DatabaseSync(path, { readOnly: true });
    const size = database.prepare('SELECT total(length(rows)) / 8 AS size FROM changes').get()?.['size'];
    database.close();
    return size as number;
  };
  // Notes of changes stay for a while as they are, for readers.
  for (let round = 0; round < 3; round++) {
    t.mock.timers.tick(11_000);
    await tidyAll(writer);
  }
  assert.ok(noted() <= CHUNK_ROWS, `${noted()} rows are noted`);
  const kept = new Map([...tasks, ...changed].map((task) => [task.uuid, task]));
  await expectSame(writer, kept, 'after sealing anew');
});

test('a column that is damaged is made anew from the rows', async (t) => {
  const { path, open } = openPair(t);
  const writer = await open('own');
  const tasks = randomTasks(31, CHUNK_ROWS * 4).map((task, index) => ({
    ...task,
    received: index,
    timestamp: index,
  }));
  for (let from = 0; from < tasks.length; from += 2_000)
    await writer.write({ tasks: tasks.slice(from, from + 2_000), workers: [] });
  await tidyAll(writer);
  const database = new DatabaseSync(path);
  database.exec("UPDATE columns SET data = x'00112233' WHERE id % 64 <> 31");
  database.close();
  const reader = await open('read');
  await expectSame(reader, new Map(tasks.map((task) => [task.uuid, task])), 'damaged');
});

test('a chunk that goes when it was sealed last is not taken for the next that is sealed', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 2_000_000_000_000 });
  const { path, open } = openPair(t);
  const writer = await open('own');
  const reader = await open('read');
  const numbered = (from: number, count: number, fields: Partial<TaskRecord> = {}) =>
    Array.from({ length: count }, (_, n) =>
      aTask({ uuid: `t${from + n}`, received: 1_000 + from + n, state: 'SUCCESS', ...fields }),
    );
  const write = async (tasks: readonly TaskRecord[]) => {
    for (let from = 0; from < tasks.length; from += 2_000)
      await writer.write({ tasks: tasks.slice(from, from + 2_000), workers: [] });
  };
  const later = async () => {
    for (let round = 0; round < 3; round++) {
      t.mock.timers.tick(11_000);
      await tidyAll(writer);
    }
  };
  const counted = async () => {
    const [facet] = await reader.facets([{ field: 'state', filter: { receivedFrom: 0 }, limit: 5 }]);
    return facet?.values[0]?.count;
  };
  await write(numbered(0, CHUNK_ROWS * 5));
  await tidyAll(writer);
  await write(numbered(0, CHUNK_ROWS + 300, { clock: 9 }));
  await later();
  assert.equal(await counted(), CHUNK_ROWS * 5);
  while ((await writer.prune({ before: 1_000 + CHUNK_ROWS, limit: 500 })) > 0);
  await tidyAll(writer);
  await write(numbered(CHUNK_ROWS * 5, CHUNK_ROWS));
  await tidyAll(writer);
  assert.equal(await counted(), CHUNK_ROWS * 5);
  await write(numbered(CHUNK_ROWS * 6, CHUNK_ROWS * 2));
  await later();
  assert.equal(await counted(), CHUNK_ROWS * 7);
  assert.deepEqual({ ...sealedChunks(path) }, { chunks: 4, rows: CHUNK_ROWS * 4 });
});
