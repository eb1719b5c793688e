// The guarded desk: what is seen of it, and what is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '@umbel/celery';
import { code, CONTENTS, guarded, MAIL, QUERY, SHOP } from '../../test/desk/mail-and-shop.ts';
import { createRecordingDesk, taskRecord } from '../../test/http/recording-desk.ts';
import { createPermissions, type Scope } from '../auth/permissions.ts';
import { ALL_RIGHTS } from '../auth/rights.ts';
import { type Desk, DeskError } from './desk.ts';
import { parseQuery } from '../query/parse-query.ts';
import { guardDesk } from './guarded-desk.ts';

test('with every right everywhere the desk is as it was', async () => {
  const { desk, inner } = guarded({});
  assert.deepEqual(await desk.workers({ refresh: true }), await inner.workers({ refresh: false }));
  assert.deepEqual(await desk.tasks(QUERY), await inner.tasks(QUERY));
  assert.deepEqual(inner.queries[0], QUERY);
  assert.deepEqual(await desk.task('m1'), await inner.task('m1'));
  assert.deepEqual(await desk.countByState(), await inner.countByState());
  await desk.command(commands.poolGrow(2), null);
  await desk.command(commands.revoke(['never seen']), null);
  assert.equal(inner.commands.length, 2);
  await desk.abort('never seen');
  assert.equal((await desk.result('never seen', { timeoutMs: 0 })).hidden, undefined);
});

test('lists show only what is in sight, and the store is told so', async () => {
  const scope = { queues: ['emails*'] };
  const { desk, inner } = guarded(scope);
  const page = await desk.tasks(QUERY);
  assert.deepEqual(inner.queries[0]?.filter.within, [scope]);
  assert.equal(inner.queries[0]?.filter.wordsIn, undefined);
  assert.deepEqual(
    page.tasks.map((task) => task.uuid),
    ['m1', 'm2'],
  );
  // The other one also consumes a queue that is out of sight.
  assert.deepEqual([...(await desk.workers({ refresh: false })).keys()], [MAIL]);
  assert.deepEqual([...(await desk.queueLengths()).keys()], ['emails']);
  assert.deepEqual(await desk.taskTypes(), ['mail.send', 'shop.add']);
  assert.deepEqual(await guarded({ tasks: ['mail.*'] }).desk.taskTypes(), ['mail.send']);
  assert.deepEqual(await guarded({ workers: [SHOP] }).desk.taskTypes(), ['shop.add']);
  assert.deepEqual(
    [...(await guarded({ workers: [SHOP] }).desk.queueLengths()).keys()],
    ['emails', 'celery'],
  );
  assert.deepEqual((await desk.task('m1')).children, ['m2']);
  assert.deepEqual([...(await desk.tasksById(['m1', 's1', 'none'])).keys()], ['m1']);
});

test('states are counted in sight alone', async () => {
  const { desk, inner } = guarded({ tasks: ['mail.*'] });
  inner.tasks = async ({ filter }) => {
    assert.deepEqual(filter.within, [{ tasks: ['mail.*'] }]);
    const total = filter.states?.[0] === 'STARTED' ? 5 : 0;
    return { tasks: [], total, totalKind: 'exact', unseen: 0, places: null, truncated: false };
  };
  assert.deepEqual(await desk.countByState(), new Map([['STARTED', 5]]));
});

test('what is out of sight is answered as what does not exist, word for word', async () => {
  const { desk } = guarded({ workers: [MAIL] });
  const failure = async (action: () => Promise<unknown>, name: string) => {
    const error: unknown = await action().then(
      () => assert.fail('it was not refused'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof DeskError);
    return [error.code, error.message.replaceAll(name, '…'), Object.keys(error.params)];
  };
  const calls: readonly (readonly [string, string, (desk: Desk, name: string) => Promise<unknown>])[] = [
    [SHOP, 'nobody@test', (to, name) => to.requireWorker(name)],
    [SHOP, 'nobody@test', (to, name) => to.workers({ refresh: true, name })],
    [SHOP, 'nobody@test', (to, name) => to.shutdown(name)],
    [SHOP, 'nobody@test', (to, name) => to.poolSize(name)],
    [SHOP, 'nobody@test', (to, name) => to.command(commands.poolGrow(1), name)],
    ['s1', 'none', (to, name) => to.task(name)],
    ['s1', 'none', (to, name) => to.abort(name)],
    ['s1', 'none', (to, name) => to.command(commands.revoke([name]), null)],
    ['shop.add', 'shop.none', (to, name) => to.requireRegistered(name)],
  ];
  for (const [hidden, missing, call] of calls) {
    const seen = await failure(() => call(desk, hidden), hidden);
    assert.deepEqual(seen, await failure(() => call(desk, missing), missing), call.toString());
    assert.match(String(seen[0]), /^unknown_/);
  }
  const results = new Map([['s1', { state: 'SUCCESS', result: 'secret' }]]);
  const blind = guarded({ workers: [MAIL] }, { ...CONTENTS, results }).desk;
  const pending = await blind.result('s1', { timeoutMs: 0 });
  assert.deepEqual({ ...pending, taskId: 'none' }, await blind.result('none', { timeoutMs: 0 }));
  assert.equal(pending.state, 'PENDING');
});

test('without payload things are marked hidden, and neither words nor order tell what they carry', async () => {
  const { desk, inner } = guarded({ view: {}, payload: { tasks: ['mail.*'] } });
  assert.deepEqual([...((await desk.tasks(QUERY)).hidden ?? [])].sort(), ['odd', 's1']);
  assert.equal(inner.queries[0]?.filter.wordsIn, 'names');
  for (const sortBy of ['args', 'kwargs', 'result', 'exception', 'traceback'] as const) {
    assert.equal(await code(() => desk.tasks({ ...QUERY, sortBy })), 'forbidden payload');
  }
  const asking = (text: string) => ({
    ...QUERY,
    filter: { query: parseQuery(text, { nowS: 0 }) ?? undefined },
  });
  for (const text of ['args[0]:4711', '-(a OR result:x)', 'kwargs.a:1', 'traceback:x', 'exception:x'])
    assert.equal(await code(() => desk.tasks(asking(text))), 'forbidden payload', text);
  await desk.tasks(asking('4711 state:FAILURE exception:=KeyError'));
  const asked = inner.queries.at(-1)?.filter.query;
  assert.ok(asked?.kind === 'all');
  assert.deepEqual(asked.of[0], { kind: 'word', text: '4711', in: 'names' });
  assert.equal((await desk.task('m1')).hidden, undefined);
  assert.equal((await desk.task('s1')).hidden, true);
  assert.equal((await desk.requireWorker(MAIL)).hidden, true);
  assert.equal((await desk.workers({ refresh: false })).get(MAIL)?.hidden, true);
  assert.equal((await desk.result('m1', { timeoutMs: 0 })).hidden, undefined);
  assert.equal((await desk.result('s1', { timeoutMs: 0 })).hidden, true);
  assert.equal((await desk.result('unheard', { timeoutMs: 0 })).hidden, true);
  const same = guarded({ view: { tasks: ['mail.*'] }, payload: { tasks: ['mail.*'] } });
  assert.equal(await code(() => same.desk.tasks({ ...QUERY, sortBy: 'args' })), 'ok');
  assert.equal((await same.desk.result('m1', { timeoutMs: 0 })).hidden, undefined);
});

test('answers of workers out of sight tell that it was done, and nothing of them', async () => {
  const { desk } = guarded({ revoke: {}, view: { workers: [MAIL] } });
  const { replies } = await desk.command(commands.revoke(['s1']), null);
  assert.deepEqual(
    replies.map((reply) => reply.worker),
    [MAIL, 'other workers'],
  );
  assert.ok(!JSON.stringify(replies).includes(SHOP));
});

test('a wait ends when the task comes into sight', async () => {
  const tasks = [...(CONTENTS.tasks ?? [])];
  const results = new Map([['late', { state: 'SUCCESS', result: 1 }]]);
  const { desk, inner } = guarded({ tasks: ['mail.*'] }, { ...CONTENTS, tasks, results });
  let asked = 0;
  inner.tasksById = async () =>
    asked++ === 0 ? new Map() : new Map([['late', taskRecord('late', { name: 'mail.send' })]]);
  assert.equal((await desk.result('late', { timeoutMs: 60_000 })).state, 'SUCCESS');
  assert.equal(asked, 2);
});

/** Every method as somebody would call it who knows names of things. */
const CALLS: { readonly [M in keyof Desk]: (desk: Desk) => unknown } = {
  workers: (desk) => desk.workers({ refresh: true }),
  requireWorker: (desk) => desk.requireWorker(SHOP),
  tasks: (desk) => desk.tasks(QUERY),
  facets: (desk) => desk.facets([{ field: 'name', filter: {}, limit: 9 }]),
  histogram: (desk) => desk.histogram({ filter: {}, field: 'received', from: 0, to: 9, buckets: 3 }),
  tallies: (desk) => desk.tallies({ kind: 'name', labels: ['mail.send'], from: 0, to: 60, stepS: 60 }),
  seesTallies: (desk) => (desk.seesTallies('name', 'mail.send') ? 'mail.send' : ''),
  gauges: (desk) => desk.gauges({ kind: 'queue', from: 0, to: 60, stepS: 60 }),
  taskTypes: (desk) => desk.taskTypes(),
  countByState: (desk) => desk.countByState(),
  task: (desk) => desk.task('s1'),
  tasksById: (desk) => desk.tasksById(['s1', 'm1', 'm2', 'odd']),
  command: (desk) => desk.command(commands.poolGrow(1), SHOP),
  poolSize: (desk) => desk.poolSize(SHOP),
  shutdown: (desk) => desk.shutdown(SHOP),
  send: (desk) => desk.send({ name: 'shop.add', args: [], kwargs: {} }),
  routeOf: (desk) => desk.routeOf({ name: 'shop.add', args: [], kwargs: {} }),
  requireRegistered: (desk) => desk.requireRegistered('shop.add'),
  requireResultBackend: (desk) => desk.requireResultBackend(),
  result: (desk) => desk.result('s1', { timeoutMs: 0 }),
  abort: (desk) => desk.abort('odd'),
  queueLengths: (desk) => desk.queueLengths(),
  health: (desk) => desk.health(),
  close: (desk) => desk.close(),
  [Symbol.asyncDispose]: (desk) => desk[Symbol.asyncDispose](),
};
/** Every list of counts is of what is in sight: the store is told so, and a query about values is refused to who may not see them. */
test('counts are of what is in sight alone, and tell no values', async () => {
  const scope = { queues: ['emails*'] };
  const { desk, inner } = guarded(scope);
  await desk.facets([{ field: 'name', filter: {}, limit: 9 }]);
  await desk.histogram({ filter: {}, field: 'received', from: 0, to: 9, buckets: 3 });
  assert.deepEqual(inner.facetQueries[0]?.filter.within, [scope]);
  assert.deepEqual(inner.histograms[0]?.filter.within, [scope]);
  const { desk: blind } = guarded({ view: {} });
  const query = parseQuery('args:4711', { nowS: 0 }) ?? undefined;
  assert.equal(
    await code(() => blind.facets([{ field: 'name', filter: { query }, limit: 9 }])),
    'forbidden payload',
  );
  const window = { field: 'received', from: 0, to: 9, buckets: 3 } as const;
  assert.equal(await code(() => blind.histogram({ ...window, filter: { query } })), 'forbidden payload');
});

/** They are about no task, worker or queue. */
const ABOUT_NOTHING: ReadonlySet<string | symbol> = new Set([
  'requireResultBackend',
  'health',
  'close',
  Symbol.asyncDispose,
]);
const NOWHERE: Readonly<Record<string, Scope>> = {
  'other tasks': { tasks: ['nothing.*'] },
  'other queues': { queues: ['nothing*'] },
  'other workers': { workers: ['nobody@*'] },
  'what is not known': { tasks: ['*'], queues: ['*'], workers: ['nobody@*'] },
  'names that only begin alike': { tasks: ['shop'], workers: ['shop'] },
};

for (const method of Reflect.ownKeys(CALLS) as (keyof Desk)[]) {
  test(`${String(method)} shows and changes nothing for whoever has rights only elsewhere`, async () => {
    const results = new Map([['s1', { state: 'SUCCESS', result: 'zq9' }]]);
    for (const [where, scope] of [...Object.entries(NOWHERE), ['without rights', null] as const]) {
      const inner = createRecordingDesk({ ...CONTENTS, results });
      const grants = scope === null ? [] : [{ role: 'r', rights: ALL_RIGHTS, scope }];
      const desk = guardDesk(inner, createPermissions(grants, { readOnly: false }));
      let shown: unknown;
      const outcome = await code(async () => {
        shown = await CALLS[method](desk);
      });
      assert.deepEqual([inner.commands, inner.sent], [[], []], where);
      if (ABOUT_NOTHING.has(method)) {
        assert.equal(outcome, 'ok');
        continue;
      }
      const text = JSON.stringify(shown instanceof Map ? [...shown] : shown) ?? '';
      assert.ok(!/mail|shop|emails|celery|zq9|SUCCESS|STARTED/.test(text), `${where}: ${text}`);
      assert.match(outcome, /^(ok|forbidden \w+|unknown_\w+)$/, where);
    }
  });
}

test('closing what one caller has of the desk does not close the desk', async () => {
  const inner = createRecordingDesk(CONTENTS);
  inner.close = () => assert.fail('it was closed');
  const desk = guardDesk(inner, createPermissions([], { readOnly: false }));
  await desk.close();
  await desk[Symbol.asyncDispose]();
});
