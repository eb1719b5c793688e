import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '@umbel/testkit';
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts';
import { aTask } from '../../test/store/sample-records.ts';
import type { RetentionRule } from '../store/retention-rule.ts';
import type { Store } from '../store/store.ts';
import { openRetention } from './retention.ts';
import { createSpareTime } from './spare-time.ts';

const NOW_S = 1_000_000;
const log = { info: () => undefined, warn: () => undefined };
const others = {
  spareTime: createSpareTime(() => false),
  log,
  clock: { now: () => NOW_S * 1000, doubt: null },
};

/** A store with a task for each of the last 5,000 seconds. */
async function openFilled(t: TestContext): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-retention-'));
  const store = await openSqliteStore({ path: join(folder, 'umbel.db'), log });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const tasks = Array.from({ length: 5000 }, (_, n) =>
    aTask({ uuid: `t${n}`, received: NOW_S - n, args: 'x'.repeat(300) }),
  );
  await store.write({ tasks, workers: [] });
  return store;
}

/** Runs retention until the store holds `expected` tasks, and answers how large the steps were. */
async function keep(t: TestContext, store: Store, rule: RetentionRule, settled: () => Promise<boolean>) {
  const steps: number[] = [];
  const watched: Store = {
    ...store,
    async prune(step) {
      const deleted = await store.prune(step);
      steps.push(deleted);
      return deleted;
    },
  };
  const retention = openRetention({ store: watched, rule, ...others });
  t.after(() => retention.close());
  await until(settled, { what: 'the old tasks to be gone' });
  await retention.close();
  return steps;
}

test('tasks older than the age go in small steps, and the others stay', async (t) => {
  const store = await openFilled(t);
  const isDone = async () => (await store.facts()).tasks === 1001;
  const steps = await keep(t, store, { maxAgeMs: 1_000_000 }, isDone);
  assert.ok(
    steps.length >= 20 && Math.max(...steps) <= 200,
    `${steps.length} steps of up to ${Math.max(...steps)}`,
  );
  assert.equal((await store.facts()).oldest, NOW_S - 1000);
});

test('while the history is larger than its bound the oldest go, and the file becomes smaller', async (t) => {
  const store = await openFilled(t);
  const before = (await store.facts()).sizeBytes;
  let least = Infinity;
  const isDone = async () => {
    const { tasks } = await store.facts();
    const still = tasks === least;
    least = tasks;
    return still && tasks < 4000;
  };
  await keep(t, store, { maxBytes: 1_500_000 }, isDone);
  const { tasks, oldest } = await store.facts();
  assert.ok(tasks > 1000, `${tasks} tasks of ${before} bytes stay`);
  assert.equal(oldest, NOW_S - tasks + 1);
});

test('failed tasks have an age of their own, and a number bounds them all', async (t) => {
  const store = await openFilled(t);
  const failed = Array.from({ length: 100 }, (_, n) =>
    aTask({ uuid: `f${n}`, received: NOW_S - 3000 - n, state: 'FAILURE' }),
  );
  await store.write({ tasks: failed, workers: [] });
  const has = (expected: number) => async () => (await store.facts()).tasks === expected;
  await keep(t, store, { maxAgeMs: 1_000_000, maxFailureAgeMs: 3_050_000 }, has(1001 + 51));
  assert.equal((await store.countByState()).get('FAILURE'), 51);
  await keep(t, store, { maxTasks: 500 }, has(500));
  assert.equal((await store.facts()).oldest, NOW_S - 499);
});

test('while the clock is in doubt nothing goes for its age, but what is too much does; afterwards it goes on', async (t) => {
  const store = await openFilled(t);
  const rules: object[] = [];
  const watched: Store = {
    ...store,
    async prune(rule) {
      rules.push(rule);
      return store.prune(rule);
    },
  };
  const clock = { now: () => (NOW_S + 31_536_000) * 1000, doubt: 'it has jumped' as string | null };
  const rule = { maxAgeMs: 1_000_000, maxFailureAgeMs: 1_000_000, maxTasks: 4_900 };
  const { spareTime } = others;
  const retention = openRetention({ store: watched, rule, spareTime, log, clock });
  t.after(() => retention.close());
  await until(async () => (await store.facts()).tasks === 4_900, {
    what: 'those beyond the number to be gone',
  });
  await retention.close();
  assert.equal((await store.facts()).tasks, 4_900);
  assert.ok(rules.length > 0);

  clock.doubt = null;
  clock.now = () => NOW_S * 1000;
  const again = openRetention({ store: watched, rule, spareTime, log, clock });
  t.after(() => again.close());
  await until(async () => (await store.facts()).tasks === 1_001, { what: 'the old ones to be gone' });
});

test('without bounds nothing goes', async (t) => {
  const store = await openFilled(t);
  let rounds = 0;
  const watched: Store = {
    ...store,
    async shrink(limitBytes) {
      rounds++;
      return store.shrink(limitBytes);
    },
  };
  const retention = openRetention({ store: watched, rule: { maxAgeMs: null, maxBytes: null }, ...others });
  await until(() => rounds > 0, { what: 'a whole round' });
  await retention.close();
  assert.equal((await store.facts()).tasks, 5000);
});
