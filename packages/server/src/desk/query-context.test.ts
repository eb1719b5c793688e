import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aWorker } from '../../test/store/sample-records.ts';
import { parseQuery } from '../query/parse-query.ts';
import { createQueryContexts } from './query-context.ts';

function fakeStore() {
  const asked: unknown[] = [];
  return {
    asked,
    workers: async () => [
      aWorker({ hostname: 'here' }),
      aWorker({ hostname: 'gone', status: 'offline', statusSince: 5 }),
    ],
    workerDetails: async () =>
      [
        ['here', ['a', 7, 'b']],
        ['gone', ['c']],
        ['odd', 'none'],
      ].map(([hostname, revoked]) => ({ hostname: String(hostname), askedAt: {}, replies: { revoked } })),
    tallies: async (query: unknown) => {
      asked.push(query);
      const counts = { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 };
      const run = [
        [10, 990],
        [30, 10],
      ] as const;
      const tally = {
        kind: 'name',
        label: 'slow',
        at: 0,
        stepS: 86_400,
        counts,
        runSeconds: 0,
        run,
        wait: [],
      } as const;
      return [tally, { ...tally, label: 'never', run: [] }];
    },
  };
}

test('a query without flags needs to know nothing', async () => {
  const store = fakeStore();
  const contexts = createQueryContexts(store);
  assert.equal(await contexts.contextOf(undefined), undefined);
  assert.equal(await contexts.contextOf(parseQuery('state:FAILURE ok', { nowS: 0 }) ?? undefined), undefined);
  assert.deepEqual(store.asked, []);
});

test('flags are told which workers are gone, and the p99 of the day before, which is asked for once', async () => {
  const store = fakeStore();
  const contexts = createQueryContexts(store);
  const lost = await contexts.contextOf(parseQuery('-(a OR is:lost)', { nowS: 0 }) ?? undefined);
  assert.deepEqual([...(lost?.goneWorkers ?? [])], [['gone', 5]]);
  assert.deepEqual(store.asked, []);
  const query = parseQuery('is:slow', { nowS: 0 }) ?? undefined;
  const [first, second] = [await contexts.contextOf(query), await contexts.contextOf(query)];
  assert.deepEqual(first?.slowAboveS, second?.slowAboveS);
  // Bucket 10 is 10 to 12.6 ms.
  assert.deepEqual([...(first?.slowAboveS.keys() ?? [])], ['slow']);
  const limit = first?.slowAboveS.get('slow') ?? 0;
  assert.ok(limit > 0.01 && limit < 0.0126, `${limit}`);
  assert.equal(store.asked.length, 1);
});

test('what workers that are there said they would drop is being revoked', async () => {
  const contexts = createQueryContexts(fakeStore());
  const context = await contexts.contextOf(parseQuery('is:revoking', { nowS: 0 }) ?? undefined);
  assert.deepEqual([...(context?.revoking ?? [])], ['a', 'b']);
});
