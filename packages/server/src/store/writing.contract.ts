// What every Store must do: tasks are kept as they were written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import * as fc from 'fast-check';
import { NEWEST, readTask, uuids } from '../../test/store/asking.ts';
import { aTask } from '../../test/store/sample-records.ts';
import type { OpenStore } from './store.contract.ts';

export function writingContract(open: OpenStore): void {
  test('a task comes back as it was written, every field of it', async (t) => {
    const store = await open(t);
    const full: TaskRecord = {
      uuid: '0b8a1e5e-6f0a-4d3c-9d5e-0123456789ab',
      name: 'shop.näme',
      state: 'PROGRESS',
      sent: 1795346417.441234,
      received: 1795346417.4412346,
      started: 1795346417.5,
      succeeded: 1795346418,
      failed: 1795346418.25,
      retried: 1795346418.5,
      revoked: 1795346418.75,
      rejected: 1795346419,
      custom: { state: 'PROGRESS', timestamp: 1795346419.5 },
      args: "('ü', 1)",
      kwargs: '{\'k\': "v"}',
      result: "'ok'",
      exception: "ValueError('no')",
      traceback: 'Traceback …\n  line',
      runtime: 0.0123456789,
      retries: 3,
      eta: '2026-11-22T11:04:24.345277+00:00',
      expires: '2026-11-23T11:04:24+00:00',
      queue: 'fast',
      exchange: '',
      routingKey: 'fast',
      worker: 'celery@w1',
      client: 'gen12@web',
      pid: 4711,
      rootId: '1b8a1e5e-6f0a-4d3c-9d5e-0123456789ab',
      parentId: '2b8a1e5e-6f0a-4d3c-9d5e-0123456789ab',
      terminated: true,
      signum: '9',
      expired: false,
      requeue: true,
      clock: 2 ** 60,
      timestamp: 1795346419.5,
      extraHistory: [
        { state: 'RECEIVED', timestamp: 1795346410, hostname: 'celery@w2', retries: 0 },
        { state: 'RETRY', timestamp: 1795346411, hostname: 'celery@w2', exception: 'KeyError()' },
      ],
    };
    await store.write({ tasks: [full], workers: [] });
    assert.deepEqual(await readTask(store, full.uuid), full);
    assert.deepEqual((await store.listTasks(NEWEST)).tasks, [full]);
  });

  test('any task comes back as it was written', async (t) => {
    const store = await open(t);
    const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 20 }), { nil: null });
    // As events have them: from 1970 to the year 9999.
    const instant = fc.double({ noNaN: true, min: 0, max: 253_402_300_799 });
    const time = fc.option(instant, { nil: null });
    const flag = fc.option(fc.boolean(), { nil: null });
    const record = fc.record({
      uuid: fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })),
      name: text,
      state: fc.constantFrom('PENDING', 'SUCCESS', 'My state'),
      sent: time,
      received: time,
      started: time,
      succeeded: time,
      failed: time,
      retried: time,
      revoked: time,
      rejected: time,
      custom: fc.option(fc.record({ state: fc.string(), timestamp: instant }, { noNullPrototype: true }), {
        nil: null,
      }),
      args: text,
      kwargs: text,
      result: text,
      exception: text,
      traceback: text,
      runtime: time,
      retries: fc.nat(),
      eta: text,
      expires: text,
      queue: text,
      exchange: text,
      routingKey: text,
      worker: text,
      client: text,
      pid: fc.option(fc.nat(), { nil: null }),
      rootId: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { nil: null }),
      parentId: text,
      terminated: flag,
      signum: text,
      expired: flag,
      requeue: flag,
      clock: fc.nat(),
      timestamp: instant,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
        const byId = new Map(records.map((task) => [task.uuid, { ...task, extraHistory: [] }]));
        await store.write({ tasks: [...byId.values()], workers: [] });
        const read = await store.readTasks([...byId.keys()]);
        for (const [uuid, task] of byId) assert.deepEqual(read.get(uuid), task);
      }),
      { numRuns: 60 },
    );
  });

  test('a task that was never received stays so, whatever time its events have', async (t) => {
    const store = await open(t);
    const far = aTask({ uuid: 'far', state: 'PENDING', sent: 253_402_300_799 });
    await store.write({ tasks: [far, aTask({ uuid: 'received', received: 1 })], workers: [] });
    assert.deepEqual(await readTask(store, 'far'), far);
    assert.deepEqual(await uuids(store, {}), ['received', 'far']);
    assert.deepEqual(await uuids(store, { filter: { receivedFrom: 0 } }), ['received']);
  });

  test('text that no database likes is kept or made harmless, and never refused', async (t) => {
    const store = await open(t);
    const args = 'a\0b \ud800 c \uffff d';
    await store.write({ tasks: [aTask({ uuid: 'odd', name: 'n\0ame\udc00', args })], workers: [] });
    const task = await readTask(store, 'odd');
    assert.match(task?.args ?? '', /^a.b .+ c . d$/s);
    assert.deepEqual(await uuids(store, { filter: { words: ['c \uffff'] } }), ['odd']);
    assert.equal((await store.taskTypes()).length, 1);
  });

  test('writing a task again replaces it', async (t) => {
    const store = await open(t);
    await store.write({
      tasks: [aTask({ uuid: 'a', received: 10, name: 'n', worker: 'w1', args: '(1,)' })],
      workers: [],
    });
    const ended = aTask({
      uuid: 'a',
      state: 'SUCCESS',
      received: 10,
      succeeded: 12,
      name: 'n',
      worker: 'w2',
      result: '3',
    });
    await store.write({ tasks: [ended], workers: [] });
    assert.deepEqual((await store.listTasks(NEWEST)).tasks, [ended]);
    assert.deepEqual(await store.countByState(), new Map([['SUCCESS', 1]]));
    assert.deepEqual(await uuids(store, { filter: { workers: ['w1'] } }), []);
    assert.deepEqual(await uuids(store, { filter: { workers: ['w2'] } }), ['a']);
  });

  test('unknown ids are left out', async (t) => {
    const store = await open(t);
    await store.write({ tasks: [aTask({ uuid: 'a' })], workers: [] });
    assert.deepEqual([...(await store.readTasks(['b', 'a', 'c'])).keys()], ['a']);
  });

  test('ids that begin alike are different tasks', async (t) => {
    const store = await open(t);
    const ids = [1, 2, 3].map((n) => `00000000-0000-0000-0000-00000000000${n}`);
    await store.write({ tasks: ids.map((uuid) => aTask({ uuid, received: 1 })), workers: [] });
    await store.write({ tasks: ids.map((uuid) => aTask({ uuid, received: 2 })), workers: [] });
    assert.deepEqual((await uuids(store, {})).sort(), ids);
    assert.deepEqual([...(await store.readTasks(ids)).keys()], ids);
  });
}
