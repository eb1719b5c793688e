// What every Store must answer to queries of the search language: the tasks that query/match-task.ts says, no other and none less; and
// what it counts of them. A part of store.contract.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import { NEWEST } from '../../test/store/asking.ts';
import {
  RANDOM_TASKS_AT,
  RANDOM_WORKERS,
  randomNumbers,
  randomTasks,
} from '../../test/store/random-tasks.ts';
import { deploymentOf } from '../query/deployment.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { QueryContext } from '../query/query-context.ts';
import { exceptionTypeOf, finishedOf } from '../query/task-values.ts';
import { conditionOf, matchStoreCondition } from './filter-condition.ts';
import type { OpenStore } from './store.contract.ts';
import type { TaskFilter } from './store.ts';

const NOW_S = RANDOM_TASKS_AT + 2_500;
const TERMS = [
  '4711',
  'ok',
  'äpfel',
  "it's",
  'shop',
  'ünï',
  'name:=shop.charge',
  'name:mail*',
  'name:=""',
  'worker:web',
  'worker:=celery@web-0',
  'queue:pay*',
  'queue:=""',
  'exception:refused',
  'exception:=KeyError',
  'exception:Connection*',
  'traceback:tasks.py',
  'result:=""',
  'result:charged',
  'args:="()"',
  'args:eur',
  'kwargs:bob',
  'kwargs.order.id:4711',
  'kwargs.retry:false',
  'args[0]:4711',
  "args[0]:it's",
  'state:FAILURE,RETRY',
  'state:PROGRESS',
  'group:web',
  'group:etl,img',
  'run:>5s',
  'run:<=2s',
  'wait:>10s',
  'wait:<1s',
  'retries:>0',
  'retries:=0',
  'received:>-30m',
  'received:<-20m',
  'started:-40m..-10m',
  'finished:<-15m',
  'sent:>-35m',
  'eta:>+1m',
  'is:running',
  'is:waiting',
  'is:scheduled',
  'is:lost',
  'is:retried',
  'is:recovered',
  'is:revoking',
  'is:cut',
  'is:rerun',
  'is:slow',
  'has:result',
  'has:traceback',
  'has:children',
  'has:parent',
  'has:eta',
  'nothinghasthis',
];

function knownFor(tasks: readonly TaskRecord[]): QueryContext {
  return {
    nowS: NOW_S,
    goneWorkers: new Map([[RANDOM_WORKERS[0] ?? '', NOW_S - 60]]),
    slowAboveS: new Map([['shop.charge', 50]]),
    revoking: new Set(tasks.filter((_, index) => index % 7 === 0).map(({ uuid }) => uuid)),
  };
}

/** Ids of those that meet the filter, by the one truth. */
function meant(tasks: readonly TaskRecord[], filter: TaskFilter): string[] {
  const known = filter.known ?? knownFor(tasks);
  const parents = new Set(tasks.map(({ parentId }) => parentId));
  const around = { known, hasChildren: (uuid: string) => parents.has(uuid) };
  return tasks
    .filter((task) => matchStoreCondition(conditionOf(filter), task, around))
    .map(({ uuid }) => uuid)
    .sort();
}

export function queryingContract(open: OpenStore): void {
  test('every term, its opposite and terms together find what they mean', async (t) => {
    const store = await open(t);
    const tasks = randomTasks(1, 400);
    await store.write({ tasks, workers: [] });
    const known = knownFor(tasks);
    const parent = tasks.find(({ parentId }) => parentId?.includes('-4') === true)?.parentId ?? '';
    const ids = [
      `id:${parent}`,
      `id:${parent.slice(0, 8)}`,
      `root:${parent}`,
      `parent:${parent}`,
      `parent:${parent.slice(0, 8)}`,
    ];
    const terms = [...TERMS, ...ids];
    const random = randomNumbers(7);
    const pick = () => terms[Math.floor(random() * terms.length)] ?? '';
    const texts = [
      ...terms,
      ...terms.map((term) => `-${term}`),
      ...Array.from({ length: 150 }, () => `${pick()} ${pick()}`),
      ...Array.from({ length: 150 }, () => `${pick()} OR -${pick()}`),
      ...Array.from({ length: 100 }, () => `-(${pick()} OR ${pick()}) ${pick()}`),
    ];
    let found = 0;
    for (const text of texts) {
      const filter: TaskFilter = { query: parseQuery(text, { nowS: NOW_S }) ?? undefined, known };
      const page = await store.listTasks({ ...NEWEST, filter, limit: 1_000 });
      assert.deepEqual(page.tasks.map(({ uuid }) => uuid).sort(), meant(tasks, filter), text);
      assert.deepEqual([page.total, page.totalKind, page.unseen], [page.tasks.length, 'exact', 0], text);
      found += page.tasks.length;
    }
    assert.ok(found > texts.length, 'queries that find nothing prove little');
  });

  test('a query and the other parts of a filter must hold together', async (t) => {
    const store = await open(t);
    const tasks = randomTasks(2, 300);
    await store.write({ tasks, workers: [] });
    const filter: TaskFilter = {
      query: parseQuery('state:SUCCESS,FAILURE -name:mail', { nowS: NOW_S }) ?? undefined,
      states: ['SUCCESS'],
      workers: RANDOM_WORKERS.slice(0, 3),
      receivedFrom: RANDOM_TASKS_AT + 100,
      words: ['o'],
      within: [{ queues: ['p*'] }, { tasks: ['shop.*'], workers: ['*web*'] }],
      known: knownFor(tasks),
    };
    const page = await store.listTasks({ ...NEWEST, filter, limit: 1_000 });
    const expected = meant(tasks, filter);
    assert.ok(expected.length > 3);
    assert.deepEqual(page.tasks.map(({ uuid }) => uuid).sort(), expected);
  });

  test('facets count the values of what matches, the most frequent first', async (t) => {
    const store = await open(t);
    const tasks = randomTasks(3, 500);
    await store.write({ tasks, workers: [] });
    const query = parseQuery('received:>-40m -state:REVOKED', { nowS: NOW_S }) ?? undefined;
    const filter: TaskFilter = { query, known: knownFor(tasks) };
    const ids = new Set(meant(tasks, filter));
    const matching = tasks.filter(({ uuid }) => ids.has(uuid));
    const counted = (valueOf: (task: TaskRecord) => string | null) => {
      const counts = new Map<string, number>();
      for (const task of matching) {
        const value = valueOf(task);
        if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    };
    const values = {
      state: counted(({ state }) => state),
      name: counted(({ name }) => name),
      worker: counted(({ worker }) => worker),
      queue: counted(({ queue }) => queue),
      group: counted(({ worker }) => (worker === null ? null : deploymentOf(worker))),
      exception: counted(exceptionTypeOf),
    };
    const fields = Object.keys(values) as (keyof typeof values)[];
    const facets = await store.facets(fields.map((field) => ({ field, filter, limit: 100 })));
    for (const [index, field] of fields.entries())
      assert.deepEqual(facets[index], { values: values[field], more: 0, approximate: false }, field);
    const [short] = await store.facets([{ field: 'state', filter, limit: 2 }]);
    assert.deepEqual(short, {
      values: values.state.slice(0, 2),
      more: values.state.length - 2,
      approximate: false,
    });
    const [some] = await store.facets([{ field: 'name', filter, limit: 9, containing: 'SHOP' }]);
    assert.deepEqual(
      some?.values,
      values.name.filter(({ value }) => value.includes('shop')),
    );
  });

  test('a histogram counts what matches by stretch of time, and what of it failed', async (t) => {
    const store = await open(t);
    const tasks = randomTasks(4, 500);
    await store.write({ tasks, workers: [] });
    const [from, to, buckets] = [RANDOM_TASKS_AT + 300, RANDOM_TASKS_AT + 1_500, 12];
    const filter: TaskFilter = {
      query: parseQuery('-name:mail', { nowS: NOW_S }) ?? undefined,
      known: knownFor(tasks),
    };
    const ids = new Set(meant(tasks, filter));
    for (const field of ['received', 'finished'] as const) {
      const total = Array.from({ length: buckets }, () => 0);
      const failed = Array.from({ length: buckets }, () => 0);
      for (const task of tasks) {
        const time = field === 'received' ? task.received : finishedOf(task);
        if (!ids.has(task.uuid) || time === null || time < from || time >= to) continue;
        const bucket = Math.floor(((time - from) / (to - from)) * buckets);
        total[bucket] = (total[bucket] ?? 0) + 1;
        if (task.state === 'FAILURE') failed[bucket] = (failed[bucket] ?? 0) + 1;
      }
      assert.ok(total.every((count) => count > 0));
      assert.deepEqual(await store.histogram({ filter, field, from, to, buckets }), {
        total,
        failed,
        approximate: false,
      });
    }
  });
}
