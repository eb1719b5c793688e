// `umbel db export` and `umbel db import`: a history leaves one file and comes whole into another.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { mergeTasks } from '@umbel/celery';
import { tempFolder } from '@umbel/testkit';
import { openAt } from '../../test/store/history-file.ts';
import { randomTasks } from '../../test/store/random-tasks.ts';
import { aWorker } from '../../test/store/sample-records.ts';
import { sumTallies } from '../measures/sum-tallies.ts';
import { tallyChange } from '../measures/tally-change.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts';
import type { Store } from '../store/store.ts';
import { walkHistory } from '../store/transfer/walk-history.ts';
import { CommandError } from './command.ts';
import { runCommand } from './run-command.ts';

const NOW_S = Date.now() / 1_000;

async function umbel(db: string, words: string, input: string) {
  const [out, err]: [string[], string[]] = [[], []];
  const sink = (into: string[]) =>
    new Writable({
      write(chunk, _encoding, done) {
        into.push(String(chunk));
        done();
      },
    });
  const terminal = {
    stdin: Readable.from(input === '' ? [] : [input]),
    stdout: sink(out),
    stderr: sink(err),
    env: { UMBEL_DB: db },
  };
  const code = await runCommand(words.split(' '), terminal).catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    err.push(error.message);
    return 1;
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** A history of today, with counts, a worker and samples. */
async function fill(store: Store, seed: number, count: number): Promise<void> {
  const shift = NOW_S - 1_790_000_000 - 4_000;
  const tasks = randomTasks(seed, count).map((task) => {
    const moved = { ...task, uuid: `${seed}-${task.uuid}`, timestamp: task.timestamp + shift };
    for (const field of [
      'sent',
      'received',
      'started',
      'succeeded',
      'failed',
      'retried',
      'revoked',
      'rejected',
    ] as const) {
      const time = task[field];
      if (time !== null) moved[field] = time + shift;
    }
    // As merging leaves them: what it is given again then changes nothing.
    return mergeTasks(moved, moved);
  });
  const tallies = sumTallies(tasks.flatMap((task) => tallyChange(undefined, task)));
  await store.write({ tasks, workers: [aWorker({ hostname: `celery@w${seed}` })], tallies });
  await store.writeGauges([
    { kind: 'queue', label: 'mail', at: Math.floor(NOW_S) - 60, values: { depth: seed } },
  ]);
}

/** As lines: comparing them is quick, and their difference is short. */
async function everything(db: string): Promise<string> {
  await using store = await openSqliteStore({ path: db, access: 'read' });
  const items = await Array.fromAsync(walkHistory(store, NOW_S));
  return items
    .map((item) => JSON.stringify(item))
    .sort()
    .join('\n');
}

function expectSame(a: string, b: string): void {
  const [left, right] = [a.split('\n'), b.split('\n')];
  const different = left.findIndex((line, index) => line !== right[index]);
  assert.deepEqual([left[different], left.length], [right[different], right.length]);
}

function place(t: TestContext) {
  const folder = tempFolder(t);
  return { source: join(folder, 'source.db'), target: join(folder, 'target.db') };
}

test('what one history exports, an empty one imports: tasks, workers, counts and samples', async (t) => {
  const { source, target } = place(t);
  await fill(await openAt(t, source), 1, 2_300);
  const exported = await umbel(source, 'db export', '');
  assert.equal(exported.code, 0, exported.err);
  assert.match(exported.err, /^2,300 tasks, 1 worker, [\d,]+ counts, 1 sample written\n$/);
  const imported = await umbel(target, 'db import', exported.out);
  assert.equal(imported.code, 0, imported.err);
  assert.match(imported.out, /; 2,300 tasks new or changed\n$/);
  expectSame(await everything(target), await everything(source));
});

test('importing again changes nothing, and joins what came meanwhile', async (t) => {
  const { source, target } = place(t);
  await fill(await openAt(t, source), 2, 300);
  const { out } = await umbel(source, 'db export', '');
  const other = await openAt(t, target);
  await fill(other, 3, 200);
  await umbel(target, 'db import', out);
  const once = await everything(target);
  assert.equal((await other.facts()).tasks, 500);
  const again = await umbel(target, 'db import', out);
  assert.match(again.out, /; 0 tasks new or changed\n$/);
  expectSame(await everything(target), once);
});

test('a file that was cut is imported as far as it goes, and said to be cut; a wrong line is named', async (t) => {
  const { source, target } = place(t);
  await fill(await openAt(t, source), 4, 50);
  const { out } = await umbel(source, 'db export', '');
  const lines = out.trimEnd().split('\n');
  const cut = await umbel(target, 'db import', `${lines.slice(0, 41).join('\n')}\n`);
  assert.equal(cut.code, 1);
  assert.match(cut.err, /ends after line 41 without its last line/);
  const store = await openAt(t, target);
  assert.equal((await store.facts()).tasks, 40);
  for (const [line, sentence] of [
    ['{"task":{"uuid":"x"}}', /Line 3: the task is not whole: task/],
    ['not json', /Line 3: it is not JSON/],
    ['{"something":1}', /Line 3: a line holds one of task, worker, tally, gauge or end/],
  ] as const) {
    const wrong = await umbel(
      target,
      'db import',
      [...lines.slice(0, 2), line, ...lines.slice(3)].join('\n'),
    );
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, sentence);
  }
  assert.match((await umbel(target, 'db import', 'hello\n')).err, /Line 1: it is not JSON/);
  assert.match((await umbel(target, 'db import', '{}\n')).err, /not an exported history of Umbel/);
  assert.match((await umbel(target, 'db import', '')).err, /Nothing came in/);
  const newer = '{"umbel_history":99,"exported_at":"2026-01-01T00:00:00.000Z"}\n';
  assert.match((await umbel(target, 'db import', newer)).err, /a newer Umbel has written it/);
});
