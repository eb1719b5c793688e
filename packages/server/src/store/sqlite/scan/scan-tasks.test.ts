import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { aTask } from '../../../../test/store/sample-records.ts';
import { SORT_FIELDS } from '../../store.ts';
import { openSqliteStore } from '../open-sqlite.ts';
import { timeBudget } from './time-budget.ts';

const log = { info: () => undefined, warn: () => undefined };
const TASKS = 60;

test('a page whose time is over says how many tasks nobody has looked at', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-scan-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await using store = await openSqliteStore({ path: join(folder, 'umbel.db'), log });
  const tasks = Array.from({ length: TASKS }, (_, n) =>
    aTask({ uuid: `task-${n}`, received: n + 1, args: `(${n % 7},)`, result: n % 2 === 0 ? null : `'${n}'` }),
  );
  await store.write({ tasks, workers: [] });
  const page = { filter: {}, descending: true, limit: 10, offset: 0 } as const;
  for (const sortBy of SORT_FIELDS) {
    const cut = await store.listTasks({ ...page, sortBy, withinMs: 0 });
    assert.deepEqual([cut.tasks, cut.unseen], [[], TASKS], sortBy);
    const whole = await store.listTasks({ ...page, sortBy, withinMs: 600_000 });
    assert.deepEqual([whole.tasks.length, whole.unseen], [10, 0], sortBy);
  }
});

test('an empty text sorts as if there were none, and pages go on behind it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-scan-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await using store = await openSqliteStore({ path: join(folder, 'umbel.db'), log });
  const texts = ['b', '', null, 'a', '', null, 'c'];
  await store.write({
    tasks: texts.map((traceback, n) => aTask({ uuid: `task-${n}`, received: n + 1, traceback })),
    workers: [],
  });
  const seen: (string | null)[] = [];
  let place: string | undefined;
  for (let pages = 0; pages < texts.length; pages++) {
    const page = await store.listTasks({
      filter: {},
      sortBy: 'traceback',
      descending: false,
      limit: 1,
      offset: 0,
      at: place === undefined ? undefined : { place, side: 'after' },
    });
    seen.push(...page.tasks.map((task) => task.traceback));
    place = page.places?.last;
  }
  assert.deepEqual(seen, ['a', 'b', 'c', null, '', null, '']);
});

test('reading rows has a budget of its own within that of the whole', () => {
  const budget = timeBudget(600_000, 2);
  assert.equal(budget.isOver(), false);
  const until = performance.now() + 3;
  const answer = budget.reading(() => {
    while (performance.now() < until);
    return 'read';
  });
  assert.deepEqual([answer, budget.isOver()], ['read', true]);
});
