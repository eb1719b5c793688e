// What every Store must do: the oldest tasks go, in small steps, by age and by size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTask, uuids } from '../../test/store/asking.ts';
import { aTask } from '../../test/store/sample-records.ts';
import type { OpenStore } from './store.contract.ts';

export function pruningContract(open: OpenStore): void {
  test('pruning by age deletes what has been still for long, in steps, received or not', async (t) => {
    const store = await open(t);
    await store.write({
      tasks: [
        aTask({ uuid: 'old', received: 10 }),
        aTask({ uuid: 'old-but-busy', received: 11, timestamp: 500 }),
        aTask({ uuid: 'old-sent', sent: 12 }),
        aTask({ uuid: 'young', received: 200 }),
        aTask({ uuid: 'young-sent', sent: 201 }),
      ],
      workers: [],
    });
    assert.equal(await store.prune({ before: 100, limit: 1 }), 1);
    assert.equal(await store.prune({ before: 100, limit: 1 }), 1);
    assert.equal(await store.prune({ before: 100, limit: 1 }), 0);
    assert.deepEqual((await uuids(store, {})).sort(), ['old-but-busy', 'young', 'young-sent']);
    assert.equal(await store.prune({ limit: 10 }), 0);
    assert.deepEqual(await readTask(store, 'old'), undefined);
    await store.write({ tasks: [aTask({ uuid: 'old', received: 300 })], workers: [] });
    assert.equal((await readTask(store, 'old'))?.received, 300);
  });

  test('each state may have its own age, and a state without one stays', async (t) => {
    const store = await open(t);
    const states = ['FAILURE', 'SUCCESS', '__proto__', 'STARTED'];
    await store.write({
      tasks: states.flatMap((state) => [
        aTask({ uuid: `${state}-10`, received: 10, state }),
        aTask({ uuid: `${state}-sent-20`, sent: 20, state }),
        aTask({ uuid: `${state}-100`, received: 100, state }),
      ]),
      workers: [],
    });
    const left = async () => (await uuids(store, {})).sort();
    const all = await left();
    // Failures alone have an age.
    assert.equal(await store.prune({ beforeByState: new Map([['FAILURE', 15]]), limit: 100 }), 1);
    assert.deepEqual(
      await left(),
      all.filter((uuid) => uuid !== 'FAILURE-10'),
    );
    // Failures stay longer than others, of which steps take no more than they may.
    const rule = { before: 50, beforeByState: new Map([['FAILURE', 15]]) };
    assert.deepEqual(
      [await store.prune({ ...rule, limit: 5 }), await store.prune({ ...rule, limit: 5 })],
      [5, 1],
    );
    assert.equal(await store.prune({ ...rule, limit: 5 }), 0);
    const young = states.map((state) => `${state}-100`);
    assert.deepEqual(await left(), [...young, 'FAILURE-sent-20'].sort());
    // And shorter.
    assert.equal(await store.prune({ before: 15, beforeByState: new Map([['FAILURE', 50]]), limit: 5 }), 1);
    assert.deepEqual(await left(), young.sort());
  });

  test('a preview says what pruning would delete, and deletes nothing', async (t) => {
    const store = await open(t);
    await store.write({
      tasks: [
        ...Array.from({ length: 5 }, (_, n) => aTask({ uuid: `s${n}`, received: n, state: 'SUCCESS' })),
        ...Array.from({ length: 3 }, (_, n) => aTask({ uuid: `f${n}`, received: n, state: 'FAILURE' })),
        ...Array.from({ length: 10 }, (_, n) => aTask({ uuid: `y${n}`, received: 200, state: 'SUCCESS' })),
      ],
      workers: [],
    });
    const rule = { before: 100, beforeByState: new Map([['FAILURE', 2]]), maxTasks: 6 };
    assert.deepEqual(await store.previewPrune(rule), {
      tooOld: [
        { state: 'SUCCESS', tasks: 5 },
        { state: 'FAILURE', tasks: 2 },
      ],
      tooMany: 5,
      excessBytes: 0,
    });
    assert.ok((await store.previewPrune({ maxBytes: 1 })).excessBytes > 0);
    assert.deepEqual(await store.previewPrune({}), { tooOld: [], tooMany: 0, excessBytes: 0 });
    assert.equal((await store.facts()).tasks, 18);
  });

  test('pruning by number deletes the oldest, whatever their state, down to the bound and no further', async (t) => {
    const store = await open(t);
    const tasks = Array.from({ length: 20 }, (_, n) =>
      aTask({ uuid: `t${n + 10}`, received: n, state: n % 3 === 0 ? 'FAILURE' : 'SUCCESS' }),
    );
    await store.write({ tasks, workers: [] });
    const rule = { maxTasks: 8, beforeByState: new Map([['FAILURE', 0]]), limit: 10 };
    assert.deepEqual([await store.prune(rule), await store.prune(rule), await store.prune(rule)], [10, 2, 0]);
    assert.deepEqual(
      await uuids(store, {}),
      tasks
        .slice(12)
        .map(({ uuid }) => uuid)
        .toReversed(),
    );
  });

  test('pruning by size deletes the oldest until the rest fits', async (t) => {
    const store = await open(t);
    for (let batch = 0; batch < 10; batch++) {
      const tasks = Array.from({ length: 200 }, (_, n) => {
        const time = 1000 + batch * 200 + n;
        const when = n % 2 === 0 ? { received: time } : { sent: time };
        return aTask({ uuid: `t${time}`, args: 'x'.repeat(1000), ...when });
      });
      await store.write({ tasks, workers: [] });
    }
    const maxBytes = 1_000_000;
    assert.ok((await store.facts()).sizeBytes > maxBytes);
    let deleted = 0;
    for (let step = 1; step > 0; deleted += step) step = await store.prune({ maxBytes, limit: 50 });
    assert.ok(deleted > 500 && deleted < 2000, `${deleted} of 2000 deleted`);
    const left = await uuids(store, { sortBy: 'uuid', descending: false, limit: 2000 });
    assert.equal(left[0], `t${1000 + deleted}`);
    for (let bytes = 1; bytes > 0; ) bytes = await store.shrink(200_000);
  });
}
