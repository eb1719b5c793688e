import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { mergeTasks } from '@umbel/celery';
import { startPostgres, tempFolder } from '@umbel/testkit';
import { NEWEST } from '../../test/store/asking.ts';
import { openAt } from '../../test/store/history-file.ts';
import { randomTasks } from '../../test/store/random-tasks.ts';
import { aWorker } from '../../test/store/sample-records.ts';
import { sumTallies } from '../measures/sum-tallies.ts';
import { tallyChange } from '../measures/tally-change.ts';
import { openPostgresStore } from '../store/postgres/open-postgres.ts';
import { CommandError } from './command.ts';
import { runCommand } from './run-command.ts';

async function migrate(path: string, url: string) {
  const said: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      said.push(String(chunk));
      done();
    },
  });
  const terminal = { stdin: Readable.from([]), stdout: sink, stderr: sink, env: {} };
  const code = await runCommand(['db', 'migrate', path, url], terminal);
  return { code, text: said.join('') };
}

test('a history moves from a file to PostgreSQL, and again for what came since, and nothing is counted twice', async (t) => {
  const path = join(tempFolder(t), 'umbel.db');
  const { url } = await startPostgres(t);
  const source = await openAt(t, path);
  const now = Math.floor(Date.now() / 1_000);
  const write = async (seed: number, count: number) => {
    const tasks = randomTasks(seed, count).map((task, index) => {
      const at = now - 3_000 + index;
      const moved = {
        ...task,
        uuid: `${seed}-${task.uuid}`,
        received: at,
        timestamp: Math.max(at, task.timestamp),
      };
      return mergeTasks(moved, moved);
    });
    const tallies = sumTallies(tasks.flatMap((task) => tallyChange(undefined, task)));
    await source.write({ tasks, workers: [aWorker({ hostname: `celery@w${seed}` })], tallies });
  };
  await write(1, 1_500);
  const first = await migrate(path, url);
  assert.equal(first.code, 0);
  assert.match(first.text, /1,500 tasks, 1 worker, .* read; 1,500 tasks new or changed\n$/);
  await write(2, 100);
  const second = await migrate(path, url);
  assert.match(second.text, /1,600 tasks, 2 workers, .* read; 100 tasks new or changed\n$/);

  const target = await openPostgresStore({ url, log: { info: () => undefined, warn: () => undefined } });
  t.after(() => target.close());
  const query = { ...NEWEST, limit: 2_000 };
  const [here, there] = [await source.listTasks(query), await target.listTasks(query)];
  const byId = (page: typeof here) => new Map(page.tasks.map((task) => [task.uuid, task]));
  assert.equal(there.tasks.length, 1_600);
  assert.deepEqual(byId(there), byId(here));
  const window = { kind: 'name', from: now - 7_200, to: now + 3_600, stepS: 60 } as const;
  assert.deepEqual(await target.tallies(window), await source.tallies(window));
  assert.deepEqual((await target.workers()).map(({ hostname }) => hostname).sort(), [
    'celery@w1',
    'celery@w2',
  ]);
});

test('what cannot be moved is told, and no password with it', async (t) => {
  const path = join(tempFolder(t), 'umbel.db');
  await assert.rejects(migrate(path, 'mysql://me:secret@host/db'), (error: Error) => {
    assert.match(error.message, /postgres:\/\/user@host\/umbel/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
  await assert.rejects(migrate(path, 'postgres://me@127.0.0.1:1/db'), CommandError);
  await openAt(t, path);
  await assert.rejects(migrate(path, 'postgres://me:secret@127.0.0.1:1/db'), (error: Error) => {
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
