import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../test/http/open-app.ts';
import { COSTLY_CALLS, createCostlyCalls } from './costly-calls.ts';
import { Refusal } from './errors.ts';

const isTooMany = (error: unknown) => error instanceof Refusal && error.status === 429;

test('each caller has a share, which others do not use up, and gets it back', () => {
  const calls = createCostlyCalls();
  const { each } = COSTLY_CALLS.refresh;
  const held = Array.from({ length: each }, () => calls.begin('refresh', 'ada'));
  assert.throws(() => calls.begin('refresh', 'ada'), isTooMany);
  calls.begin('search', 'ada')[Symbol.dispose]();
  const eve = calls.begin('refresh', 'eve');
  held[0]?.[Symbol.dispose]();
  held[0]?.[Symbol.dispose]();
  calls.begin('refresh', 'ada');
  assert.throws(() => calls.begin('refresh', 'ada'), isTooMany);
  eve[Symbol.dispose]();
});

test('there is a limit on all together, however many callers there are', () => {
  const calls = createCostlyCalls();
  for (let n = 0; n < COSTLY_CALLS.refresh.all; n += 1) calls.begin('refresh', `caller ${n}`);
  assert.throws(() => calls.begin('refresh', 'one more'), isTooMany);
});

for (const { name, limit, url, hold, body } of [
  {
    name: 'waits for a task',
    limit: COSTLY_CALLS.wait,
    url: '/api/task/apply/shop.add',
    hold: 'result',
    body: {},
  },
  {
    name: 'waits for a result',
    limit: COSTLY_CALLS.wait,
    url: '/api/task/result/t?timeout=9',
    hold: 'result',
  },
  { name: 'refreshes', limit: COSTLY_CALLS.refresh, url: '/api/workers?refresh=1', hold: 'workers' },
  { name: 'searches', limit: COSTLY_CALLS.search, url: '/api/tasks?search=a', hold: 'tasks' },
] as const) {
  test(`too many ${name} at once are 429 with Retry-After, and are possible again when they end`, async (t) => {
    const { call, desk } = await openApp(t, {}, { access: { open: false } });
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const held = desk[hold].bind(desk) as (...args: unknown[]) => Promise<unknown>;
    let waiting = 0;
    const all = Promise.withResolvers<void>();
    t.mock.method(desk, hold, async (...args: unknown[]) => {
      waiting += 1;
      if (waiting === limit.each) all.resolve();
      await gate;
      return held(...args);
    });
    const method = body === undefined ? 'GET' : 'POST';
    const ask = (caller: string) => call(method, url, body, { 'x-test-caller': caller });
    const under = Array.from({ length: limit.each }, () => ask('operator'));
    await all.promise;
    const refused = await ask('operator');
    assert.equal(refused.status, 429);
    assert.match(String(refused.headers['retry-after']), /^\d+$/);
    const other = ask('admin');
    openGate();
    for (const { status } of await Promise.all([...under, other])) assert.notEqual(status, 429);
    assert.notEqual((await ask('operator')).status, 429);
  });
}
