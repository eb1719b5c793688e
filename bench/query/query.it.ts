import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startProcess } from '@umbel/testkit';

const TASKS = '5000';

test('the benchmark of questions asks each of them, of a history that it has filled', async (t) => {
  const bench = await startProcess(process.execPath, [
    '--conditions=source',
    join(import.meta.dirname, 'query.ts'),
    '--quick',
    '--tasks',
    TASKS,
  ]);
  t.after(() => bench.kill());
  const { code } = await bench.exited;
  const said = bench.log();
  assert.equal(code, 0, said);
  assert.match(said, /^5,000 tasks written in \d+ s, .* bytes a task$/m);
  assert.match(said, /^ready after \d+ ms/m);
  for (const what of [
    'newest page',
    'sorted by runtime',
    'offset at the end',
    'search: nowhere',
    'task info by id',
  ]) {
    assert.match(said, new RegExp(`^${what}( +\\d+\\.\\d +\\d+\\.\\d (held|MISSED)){3} +\\d+$`, 'm'));
  }
  assert.match(said, /^RSS \d+ MB, .* wanted figures missed$/m);
  assert.match(said, /^while tasks are deleted: /m);
  assert.doesNotMatch(said, /refused/);
});
