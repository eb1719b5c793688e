import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import { aTask } from '../../../../test/store/sample-records.ts';
import { HISTORY_FILE } from '../file-schema.ts';
import { createLabels } from '../labels.ts';
import { migrate } from '../migrate.ts';
import { createTasks } from '../tasks.ts';
import { buildChunk, growingChunk } from './build-chunk.ts';
import { HAS } from './chunk.ts';
import { type ChunkRow, readChunkRows } from './chunk-row.ts';

function openTable(t: TestContext, records: readonly TaskRecord[]) {
  const database = new DatabaseSync(':memory:');
  t.after(() => database.close());
  migrate(database, 'test', HISTORY_FILE.migrations);
  const labels = createLabels(database);
  const tasks = createTasks(database, labels, () => undefined);
  for (const record of records) tasks.write(record);
  return { labels, tasks, rows: readChunkRows(database) };
}

test('a chunk holds the numbers and labels of its rows, and what is missing is NaN or 0', (t) => {
  const { labels, rows } = openTable(t, [
    aTask({ uuid: 'a', received: 10.5, started: 11.25, name: 'shop.add', result: '1' }),
    aTask({ uuid: 'b', sent: 4, parentId: 'a', name: 'shop.sub', eta: '2026-08-22T14:00:00+00:00' }),
    aTask({ uuid: 'c', received: 12, name: 'shop.add', traceback: 'Traceback' }),
  ]);
  const chunk = buildChunk(rows.between(1, 4096));
  assert.equal(chunk.rows, 3);
  assert.deepEqual([...chunk.ids], [1, 2, 3]);
  assert.equal(chunk.isCurrent, null);
  assert.deepEqual([...chunk.numbers('position')], [10.5, 4 - 100_000_000_000, 12]);
  assert.deepEqual([...chunk.numbers('started')], [11.25, NaN, NaN]);
  assert.deepEqual(chunk.range('started'), { min: 11.25, max: 11.25 });
  assert.equal(chunk.range('failed'), null);
  const { ids, codes } = chunk.labels('name');
  assert.deepEqual(
    [...codes].map((code) => labels.textOf(ids[code] ?? 0)),
    ['shop.add', 'shop.sub', 'shop.add'],
  );
  assert.deepEqual([...chunk.labels('queue').codes], [0, 0, 0]);
  assert.deepEqual([...(chunk.labelIds('queue') ?? [])], [0]);
  assert.deepEqual([...chunk.has()], [HAS.result, HAS.parent + HAS.eta, HAS.traceback]);
});

test('a chunk holds what follows from the row: end, run, wait, eta and whether something was cut', (t) => {
  const { rows } = openTable(t, [
    aTask({
      uuid: 'a',
      sent: 9,
      received: 10,
      started: 11,
      succeeded: 15,
      runtime: 3.5,
      args: "('x... y',)",
    }),
    aTask({ uuid: 'b', received: 10, started: 11, retried: 13, state: 'RETRY', args: "('x', ...)" }),
    aTask({ uuid: 'c', received: 10, eta: '1970-01-01T00:01:00Z', started: 62 }),
    aTask({ uuid: 'd', received: 10, eta: 'soon' }),
  ]);
  const chunk = buildChunk(rows.between(1, 4096));
  assert.deepEqual([...chunk.numbers('finished')], [15, NaN, NaN, NaN]);
  assert.deepEqual([...chunk.numbers('run')], [3.5, 2, NaN, NaN]);
  assert.deepEqual([...chunk.numbers('wait')], [2, 1, 2, NaN]);
  assert.deepEqual([...chunk.numbers('eta')], [NaN, NaN, 60, NaN]);
  assert.deepEqual([...chunk.has()], [0, HAS.cut, HAS.eta, HAS.eta]);
});

test('rows of a growing chunk are added, replaced and taken away', (t) => {
  const { rows, tasks } = openTable(t, [
    aTask({ uuid: 'a', received: 10 }),
    aTask({ uuid: 'b', received: 20 }),
  ]);
  const chunk = growingChunk(2);
  for (const row of rows.byIds([2, 1, 7])) assert.ok(chunk.put(row));
  tasks.write(aTask({ uuid: 'a', received: 15, started: 16, state: 'STARTED' }));
  assert.ok(chunk.put(rows.byIds([1])[0] as ChunkRow));
  const slot = chunk.ids.indexOf(1);
  assert.equal(chunk.rows, 2);
  assert.equal(chunk.numbers('position')[slot], 15);
  assert.deepEqual(chunk.range('position'), { min: 10, max: 20 });
  chunk.remove(1);
  assert.deepEqual([chunk.isCurrent?.[slot], chunk.isCurrent?.[1 - slot]], [0, 1]);
  assert.ok(chunk.put(rows.byIds([1])[0] as ChunkRow));
  assert.equal(chunk.isCurrent?.[slot], 1);
  tasks.write(aTask({ uuid: 'c', received: 30 }));
  assert.equal(chunk.put(rows.byIds([3])[0] as ChunkRow), false);
});
