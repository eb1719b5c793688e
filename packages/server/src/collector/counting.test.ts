// What is counted of the tasks while they are written: once, whatever becomes of the batches.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TaskEvent } from '@umbel/celery';
import { tempFolder, until } from '@umbel/testkit';
import * as fc from 'fast-check';
import { sumTallies } from '../measures/sum-tallies.ts';
import { tallyChange } from '../measures/tally-change.ts';
import { TALLY_KINDS, type Tally } from '../measures/tally.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts';
import { type Store, StoreError } from '../store/store.ts';
import { createBatchWriter } from './batch-writer.ts';
import { createTaskBuffer } from './task-buffer.ts';
import { createWorkerRoster } from './worker-roster.ts';

const log = { info: () => undefined, warn: () => undefined };
const BEGIN_S = Math.floor(Date.now() / 60_000) * 60 - 3_600;

/** The life of a task that is tried twice, by two workers. */
function life(uuid: string, beginS: number): TaskEvent[] {
  const by = (hostname: string, seconds: number) => ({
    uuid,
    hostname,
    clock: 1,
    timestamp: beginS + seconds,
  });
  const about = { name: 'shop.pay', args: '(1,)', kwargs: '{}', eta: null, expires: null, parentId: null };
  const error = { exception: "KeyError('x')", traceback: null };
  return [
    { ...by('w1', 0), ...about, type: 'task-received', retries: 0, rootId: uuid },
    { ...by('w1', 1), type: 'task-started' },
    { ...by('w1', 59), ...error, type: 'task-retried' },
    { ...by('w2', 61), ...about, type: 'task-received', retries: 1, rootId: uuid },
    { ...by('w2', 62), type: 'task-started' },
    { ...by('w2', 130), type: 'task-succeeded', result: '3', runtime: 68 },
  ];
}

async function openStore(t: TestContext): Promise<Store> {
  const store = await openSqliteStore({ path: join(tempFolder(t), 'umbel.db'), log });
  t.after(() => store.close());
  return store;
}

/** What a collector writes of some events, from its start to its end. */
function collect(store: Store) {
  const tasks = createTaskBuffer();
  const workers = createWorkerRoster([]);
  const writer = createBatchWriter({ store, tasks, workers, log, onPressure: () => undefined });
  return {
    writer,
    take: (events: readonly TaskEvent[]) => {
      for (const event of events) tasks.merge(event);
      writer.schedule();
    },
    written: () => until(() => writer.waitingSinceMs === undefined, { what: 'everything to be written' }),
  };
}

async function counted(store: Store): Promise<Tally[]> {
  const read = await Promise.all(
    TALLY_KINDS.map((kind) => store.tallies({ kind, from: 0, to: 1e11, stepS: 60 })),
  );
  return sumTallies(read.flat());
}

/** What the tasks in the store would be counted as if each were counted once, as it is. */
async function expectedOf(store: Store, uuids: readonly string[]): Promise<Tally[]> {
  const records = [...(await store.readTasks(uuids)).values()];
  return sumTallies(records.flatMap((record) => tallyChange(undefined, record)));
}

test('however events come and are cut into batches and runs, each task is counted once, as it is in the end', async (t) => {
  const events = [...life('a', BEGIN_S), ...life('b', BEGIN_S + 30), ...life('c', BEGIN_S + 50).slice(0, 3)];
  const disorder = fc.shuffledSubarray([...events, ...events], { minLength: events.length });
  await fc.assert(
    fc.asyncProperty(disorder, fc.array(fc.nat(20), { maxLength: 4 }), async (stream, cuts) => {
      const store = await openStore(t);
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      let running = collect(store);
      for (let index = 1; index < bounds.length; index++) {
        running.take(stream.slice(bounds[index - 1], bounds[index]));
        if (index % 2 === 0) {
          await running.writer.close();
          running = collect(store);
        } else {
          await running.written();
        }
      }
      await running.writer.close();
      assert.deepEqual(await counted(store), await expectedOf(store, ['a', 'b', 'c']));
    }),
    { numRuns: 15 },
  );
});

test('a batch that the store had written when it seemed to fail is not counted twice', async (t) => {
  const store = await openStore(t);
  let fails = true;
  const forgetful: Store = {
    ...store,
    async write(batch) {
      await store.write(batch);
      if (fails && batch.tasks.length > 0) throw new StoreError('unavailable', 'the answer was lost');
    },
  };
  const { take, writer, written } = collect(forgetful);
  take(life('a', BEGIN_S).slice(0, 2));
  await until(() => writer.failure !== undefined, { what: 'the failure' });
  take(life('a', BEGIN_S).slice(2, 5));
  await until(async () => (await store.readTasks(['a'])).get('a')?.retries === 1, { what: 'the second try' });
  fails = false;
  await written();
  take(life('a', BEGIN_S));
  await writer.close();
  const expected = await expectedOf(store, ['a']);
  assert.deepEqual(await counted(store), expected);
  assert.equal(expected.length > 4, true);
});

test('a batch that was not written is counted when it is', async (t) => {
  const store = await openStore(t);
  let fails = true;
  const full: Store = {
    ...store,
    async write(batch) {
      if (fails) throw new StoreError('full', 'no space left');
      await store.write(batch);
    },
  };
  const { take, writer } = collect(full);
  take(life('a', BEGIN_S).slice(0, 2));
  await until(() => writer.failure !== undefined, { what: 'the failure' });
  assert.deepEqual(await counted(store), []);
  fails = false;
  take(life('a', BEGIN_S).slice(2));
  await writer.close();
  assert.deepEqual(await counted(store), await expectedOf(store, ['a']));
});

test('a record that the store refuses is not counted, and takes nothing back later', async (t) => {
  const store = await openStore(t);
  let refuses = true;
  const picky: Store = {
    ...store,
    async write(batch) {
      if (refuses && batch.tasks.some(({ uuid }) => uuid === 'poison')) throw new TypeError('this cannot be');
      await store.write(batch);
    },
  };
  const { take, writer, written } = collect(picky);
  take([...life('a', BEGIN_S), ...life('poison', BEGIN_S).slice(0, 2)]);
  await written();
  assert.equal(writer.refused, 1);
  assert.deepEqual(await counted(store), await expectedOf(store, ['a']));
  refuses = false;
  take(life('poison', BEGIN_S));
  await writer.close();
  assert.deepEqual(await counted(store), await expectedOf(store, ['a', 'poison']));
});
