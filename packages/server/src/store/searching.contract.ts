// What every Store must do: filters, windows of time and searches find what they say and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import { NEWEST, uuids } from '../../test/store/asking.ts';
import { aTask } from '../../test/store/sample-records.ts';
import type { OpenStore } from './store.contract.ts';

export function searchingContract(open: OpenStore): void {
  test('filters match exactly, any of their values, and all of them together', async (t) => {
    const store = await open(t);
    const one = { uuid: '1', received: 1, name: 'shop.add', worker: 'celery@a', state: 'SUCCESS' };
    const two = { uuid: '2', received: 2, name: 'shop.Add', worker: 'celery@b', state: 'FAILURE' };
    const three = { uuid: '3', received: 3, name: 'shop.add', worker: 'celery@b', state: 'RETRY' };
    await store.write({ tasks: [aTask(one), aTask(two), aTask(three)], workers: [] });
    assert.deepEqual(await uuids(store, { filter: { names: ['shop.add'] } }), ['3', '1']);
    assert.deepEqual(await uuids(store, { filter: { names: ['shop.ad'] } }), []);
    assert.deepEqual(await uuids(store, { filter: { workers: ['celery@a', 'nobody', 'celery@a'] } }), ['1']);
    assert.deepEqual(await uuids(store, { filter: { states: ['SUCCESS', 'RETRY'] } }), ['3', '1']);
    const both = { names: ['shop.add'], workers: ['celery@b'], states: ['RETRY', 'FAILURE'] };
    assert.deepEqual(await uuids(store, { filter: both }), ['3']);
    assert.deepEqual(await uuids(store, { filter: { ...both, receivedTo: 2.9 } }), []);
  });

  test('a window includes both ends and no task without a received time', async (t) => {
    const store = await open(t);
    await store.write({
      tasks: [
        aTask({ uuid: 'a', received: 1 }),
        aTask({ uuid: 'b', received: 2 }),
        aTask({ uuid: 'c', received: 3 }),
        aTask({ uuid: 'sent', sent: 2 }),
      ],
      workers: [],
    });
    assert.deepEqual(await uuids(store, { filter: { receivedFrom: 1, receivedTo: 2 } }), ['b', 'a']);
    assert.deepEqual(await uuids(store, { filter: { receivedFrom: 2 } }), ['c', 'b']);
    assert.deepEqual(await uuids(store, { filter: { receivedTo: 2 } }), ['b', 'a']);
    assert.deepEqual(await uuids(store, { filter: { receivedFrom: -5, receivedTo: 99 } }), ['c', 'b', 'a']);
  });

  test('a search finds parts of words in any case and any script, and takes nothing as special', async (t) => {
    const store = await open(t);
    const rows: Record<string, Partial<TaskRecord>> = {
      name: { name: 'shop.PlaceOrder' },
      args: { args: "('100% of_it', 'back\\slash')" },
      kwargs: { kwargs: "{'who': \"O'Brien\"}" },
      apostrophe: { args: "('it\\'s',)" },
      result: { result: 'Straße ΟΔΟΣ' },
      exception: { exception: "ValueError('ÄRGER <b>')" },
      traceback: { traceback: 'only here: needle' },
    };
    await store.write({
      tasks: Object.entries(rows).map(([uuid, fields]) => aTask({ uuid: `id-${uuid}`, ...fields })),
      workers: [],
    });
    const find = async (...words: string[]) => (await uuids(store, { filter: { words } })).sort();
    assert.deepEqual(await find('placeorder'), ['id-name']);
    assert.deepEqual(await find('100%'), ['id-args']);
    assert.deepEqual(await find('0% OF_'), ['id-args']);
    assert.deepEqual(await find('10_%'), []);
    assert.deepEqual(await find('K\\S'), ['id-args']);
    assert.deepEqual(await find("o'b"), ['id-kwargs']);
    assert.deepEqual(await find('"o'), ['id-kwargs']);
    assert.deepEqual(await find("IT'S"), ['id-apostrophe']);
    assert.deepEqual(await find("it\\'s"), ['id-apostrophe']);
    assert.deepEqual(await find('STRASSE'), ['id-result']);
    assert.deepEqual(await find('straße'), ['id-result']);
    assert.deepEqual(await find('οδος'), ['id-result']);
    assert.deepEqual(await find('ärger'), ['id-exception']);
    assert.deepEqual(await find('<B>'), ['id-exception']);
    assert.deepEqual(await find('ID-N'), ['id-name']);
    assert.deepEqual(await find('needle'), []);
    assert.deepEqual(await find('id-', 'valueerror'), ['id-exception']);
    assert.deepEqual(await find('placeorder', 'valueerror'), []);
    assert.deepEqual(await find('x'.repeat(60_000)), []);
    assert.deepEqual(
      await find(''),
      Object.keys(rows)
        .map((uuid) => `id-${uuid}`)
        .sort(),
    );
  });

  test('a search and a filter hold together', async (t) => {
    const store = await open(t);
    await store.write({
      tasks: [
        aTask({ uuid: 'a', received: 1, state: 'SUCCESS', args: 'red' }),
        aTask({ uuid: 'b', received: 2, state: 'FAILURE', args: 'red' }),
        aTask({ uuid: 'c', received: 3, state: 'FAILURE', args: 'blue' }),
      ],
      workers: [],
    });
    const page = await store.listTasks({
      ...NEWEST,
      filter: { words: ['RED'], states: ['FAILURE'] },
      limit: 1,
    });
    assert.deepEqual([page.tasks.map((task) => task.uuid), page.total], [['b'], 1]);
  });
}
