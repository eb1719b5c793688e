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
