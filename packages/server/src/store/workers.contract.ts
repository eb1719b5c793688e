// What every Store must do: workers and what they answered are kept, replaced and forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuids } from '../../test/store/asking.ts';
import { aTask, aWorker } from '../../test/store/sample-records.ts';
import type { OpenStore } from './store.contract.ts';

export function workersContract(open: OpenStore): void {
  test('workers and their details are kept, replaced and forgotten; their tasks stay', async (t) => {
    const store = await open(t);
    const a = aWorker({ hostname: 'celery@a' });
    const b = aWorker({
      hostname: 'celery@b',
      status: 'offline',
      offlineReason: 'goodbye',
      offlineAt: 1001,
    });
    await store.write({ tasks: [aTask({ uuid: '1', worker: 'celery@a' })], workers: [b, a] });
    assert.deepEqual(await store.workers(), [a, b]);
    const busy = { ...a, active: 3, processed: 12 };
    await store.write({ tasks: [], workers: [busy] });
    assert.deepEqual(await store.workers(), [busy, b]);

    const details = {
      hostname: 'celery@a',
      askedAt: { stats: 10.5 },
      replies: { stats: { total: { 'shop.add': 3 } }, registered: ['shop.add'] },
    };
    await store.writeWorkerDetails({ hostname: 'celery@a', askedAt: {}, replies: {} });
    await store.writeWorkerDetails(details);
    assert.deepEqual(await store.workerDetails(), [details]);

    // Whoever came back meanwhile stays, but what it answered before is forgotten.
    await store.writeWorkerDetails({ ...details, hostname: 'celery@b' });
    const forgottenWorkers = ['celery@a', 'celery@b', 'celery@never-seen'];
    await store.write({ tasks: [], workers: [b], forgottenWorkers });
    assert.deepEqual(await store.workers(), [b]);
    assert.deepEqual(await store.workerDetails(), []);
    assert.deepEqual(await uuids(store, { filter: { workers: ['celery@a'] } }), ['1']);
  });

  test('a duty that nobody else has is whoever asks for it, for as long as it asks again', async (t) => {
    const store = await open(t);
    assert.equal(await store.claim('gauges', 'one', 60), true);
    assert.equal(await store.claim('gauges', 'one', 60), true);
    assert.equal(await store.claim('another', 'one', 0), true);
  });
}
