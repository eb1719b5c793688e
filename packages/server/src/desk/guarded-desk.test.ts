import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, type ControlRequest } from '@umbel/celery';
import {
  createRecordingDesk,
  type DeskContents,
  type RecordingDesk,
  taskRecord,
  workerView,
} from '../../test/http/recording-desk.ts';
import { createPermissions, type Scope } from '../auth/permissions.ts';
import { ALL_RIGHTS, type Right } from '../auth/rights.ts';
import type { TaskQuery } from '../store/store.ts';
import { COMMAND_RIGHTS } from './command-rights.ts';
import { type Desk, DeskError, type WorkerView } from './desk.ts';
import { guardDesk } from './guarded-desk.ts';

const MAIL = 'mail@test';
const SHOP = 'shop@test';

function worker(name: string, queues: readonly string[], registered: readonly string[]): WorkerView {
  const view = workerView(name);
  return {
    ...view,
    replies: { ...view.replies, registered, active_queues: queues.map((queue) => ({ name: queue })) },
  };
}

const CONTENTS: DeskContents = {
  workers: [
    worker(MAIL, ['emails', 'emails.low'], ['mail.send']),
    worker(SHOP, ['celery', 'emails'], ['shop.add']),
  ],
  tasks: [
    taskRecord('m1', { name: 'mail.send', queue: 'emails', worker: MAIL, state: 'STARTED' }),
    taskRecord('m2', { name: 'mail.send', queue: 'emails', worker: null, state: 'RECEIVED', parentId: 'm1' }),
    taskRecord('s1', { name: 'shop.add', queue: 'celery', worker: SHOP, state: 'SUCCESS', parentId: 'm1' }),
    taskRecord('odd', {}),
  ],
  registered: ['mail.send', 'shop.add'],
  queues: new Map([
    ['emails', 1],
    ['celery', 2],
  ]),
  poolSize: 4,
};

const QUERY: TaskQuery = { filter: {}, sortBy: 'received', descending: true, limit: 10, offset: 0 };

function guarded(
  scopes: Readonly<Partial<Record<Right, Scope>>> | Scope,
  contents: DeskContents = CONTENTS,
): { readonly desk: Desk; readonly inner: RecordingDesk } {
  const isByRight = Object.keys(scopes).some((key) => ALL_RIGHTS.includes(key as Right));
  const grants = isByRight
    ? Object.entries(scopes).map(([right, scope]) => ({
        role: right,
        rights: [right as Right],
        scope: scope as Scope,
      }))
    : [{ role: 'all', rights: ALL_RIGHTS, scope: scopes as Scope }];
  const inner = createRecordingDesk(contents);
  return { inner, desk: guardDesk(inner, createPermissions(grants, { readOnly: false })) };
}

const code = (action: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(action)
    .then(
      () => 'ok',
      (error: unknown) => {
        if (!(error instanceof DeskError)) throw error;
        return error.code === 'forbidden' ? `forbidden ${String(error.params['right'])}` : error.code;
      },
    );

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
    return { tasks: [], total, totalIsExact: true, truncated: false };
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

test('what may be seen and not changed is forbidden, and the right is named', async () => {
  const { desk, inner } = guarded({ view: {}, revoke: { tasks: ['shop.*'] }, control: { workers: [SHOP] } });
  assert.equal(await code(() => desk.command(commands.revoke(['m1']), null)), 'forbidden revoke');
  assert.equal(await code(() => desk.command(commands.revoke(['s1', 'm1']), null)), 'forbidden revoke');
  assert.equal(await code(() => desk.abort('m1')), 'forbidden revoke');
  assert.equal(await code(() => desk.command(commands.poolGrow(1), MAIL)), 'forbidden control');
  assert.equal(await code(() => desk.command(commands.poolGrow(1), null)), 'forbidden control');
  assert.equal(await code(() => desk.poolSize(MAIL)), 'forbidden control');
  assert.equal(await code(() => desk.shutdown(SHOP)), 'forbidden shutdown');
  assert.equal(await code(() => desk.send({ name: 'shop.add', args: [], kwargs: {} })), 'forbidden send');
  assert.deepEqual(inner.commands, []);
  assert.equal(await code(() => desk.command(commands.revoke(['s1']), null)), 'ok');
  assert.equal(await code(() => desk.command(commands.poolGrow(1), SHOP)), 'ok');
  assert.equal(inner.commands.length, 2);
});

test('a task that no event has told of is revoked only by whoever may revoke everywhere', async () => {
  const narrow = guarded({ view: {}, revoke: { tasks: ['*'] } }).desk;
  assert.equal(await code(() => narrow.command(commands.revoke(['unheard']), null)), 'unknown_task');
  assert.equal(await code(() => narrow.command(commands.revoke(['odd']), null)), 'forbidden revoke');
  const wide = guarded({ revoke: {} }).desk;
  assert.equal(await code(() => wide.command(commands.revoke(['unheard']), null)), 'ok');
});

test('limits of a task need its name, and with it the worker where rights are narrowed to workers', async () => {
  const { desk } = guarded({ tasks: ['mail.*'] });
  const limit = (name: string) => commands.rateLimit(name, '1/m');
  assert.equal(await code(() => desk.command(limit('mail.send'), null)), 'ok');
  assert.equal(await code(() => desk.command(limit('shop.add'), null)), 'forbidden control');
  assert.equal(
    await code(() => desk.command(commands.timeLimit('shop.add', { hardS: 1 }), null)),
    'forbidden control',
  );
  const onMail = guarded({ tasks: ['mail.*'], workers: [MAIL] }).desk;
  assert.equal(await code(() => onMail.command(limit('mail.send'), null)), 'forbidden control');
  const both = guarded({ view: { workers: [MAIL] }, control: { tasks: ['mail.*'], workers: [MAIL] } }).desk;
  assert.equal(await code(() => both.command(limit('mail.send'), MAIL)), 'ok');
  assert.equal(await code(() => both.command(limit('shop.add'), MAIL)), 'forbidden control');
  assert.equal(await code(() => both.command(limit('mail.send'), SHOP)), 'unknown_worker');
});

test('nobody gets a worker to consume a queue beyond their own', async () => {
  const { desk } = guarded({ queues: ['emails*'] });
  assert.equal(await code(() => desk.command(commands.addConsumer('emails.new'), MAIL)), 'ok');
  assert.equal(await code(() => desk.command(commands.addConsumer('celery'), MAIL)), 'forbidden control');
  assert.equal(await code(() => desk.command(commands.cancelConsumer('celery'), MAIL)), 'forbidden control');
});

test('nobody binds a queue of theirs to an exchange beyond them', async () => {
  const { desk } = guarded({ queues: ['emails*'] });
  const bind = (exchange: string) =>
    code(() => desk.command(commands.addConsumer('emails.new', { exchange, routingKey: '#' }), MAIL));
  assert.equal(await bind('emails'), 'ok');
  assert.equal(await bind('celery'), 'forbidden control');
});

test('a task is sent only where the right holds, and goes to the queue that was asked about', async () => {
  const send = (scope: Scope, request: Partial<Parameters<Desk['send']>[0]> = {}) => {
    const { desk, inner } = guarded({ send: scope });
    return { inner, done: code(() => desk.send({ name: 'mail.send', args: [], kwargs: {}, ...request })) };
  };
  assert.equal(await send({ tasks: ['mail.*'] }).done, 'ok');
  assert.equal(await send({ tasks: ['shop.*'] }).done, 'forbidden send');
  assert.equal(await send({ queues: ['emails'] }).done, 'forbidden send');
  assert.equal(await send({ queues: ['emails'] }, { queue: 'emails' }).done, 'ok');
  assert.equal(
    await send({ queues: ['emails'] }, { queue: 'emails', exchange: 'other' }).done,
    'forbidden send',
  );
  assert.equal(await send({ tasks: ['mail.*'] }, { exchange: 'other' }).done, 'ok');
  assert.equal(await send({ workers: [MAIL] }).done, 'forbidden send');
  const { inner, done } = send({ queues: ['cel*'] });
  assert.equal(await done, 'ok');
  assert.equal(inner.sent[0]?.queue, 'celery');
  const { desk } = guarded({ send: { queues: ['emails'] } });
  assert.equal(await code(() => desk.routeOf({ name: 'mail.send', args: [], kwargs: {} })), 'forbidden send');
});

test('tasks of Celery that run what their arguments name are sent by nobody whose right is narrowed', async () => {
  for (const name of ['group', 'chord', 'chord_unlock', 'chain', 'chunks', 'map', 'starmap']) {
    const request = { name: `celery.${name}`, args: [], kwargs: {}, queue: 'emails' };
    const by = (scope: Scope) => code(() => guarded({ send: scope }).desk.send(request));
    assert.equal(await by({ queues: ['emails'] }), 'forbidden send', name);
    assert.equal(await by({ tasks: ['celery.*'] }), 'forbidden send', name);
    assert.equal(await by({}), 'ok', name);
  }
});

test('whoever sends a task may ask about its name, and sees what becomes of it', async () => {
  const results = new Map([['new', { state: 'SUCCESS', result: 3 }]]);
  const { desk } = guarded({ send: { tasks: ['mail.*'] } }, { ...CONTENTS, results });
  assert.equal(await code(() => desk.requireRegistered('mail.send')), 'ok');
  assert.equal(await code(() => desk.requireRegistered('shop.add')), 'unknown_task_name');
  const taskId = await desk.send({ name: 'mail.send', args: [], kwargs: {}, taskId: 'new' });
  const result = await desk.result(taskId, { timeoutMs: 0 });
  assert.deepEqual([result.state, result.hidden], ['SUCCESS', true]);
  assert.equal(
    (await guarded({ send: {} }, { ...CONTENTS, results }).desk.result('new', { timeoutMs: 0 })).state,
    'PENDING',
  );
});

test('without payload things are marked hidden, and neither words nor order tell what they carry', async () => {
  const { desk, inner } = guarded({ view: {}, payload: { tasks: ['mail.*'] } });
  assert.deepEqual([...((await desk.tasks(QUERY)).hidden ?? [])].sort(), ['odd', 's1']);
  assert.equal(inner.queries[0]?.filter.wordsIn, 'names');
  for (const sortBy of ['args', 'kwargs', 'result', 'exception', 'traceback'] as const) {
    assert.equal(await code(() => desk.tasks({ ...QUERY, sortBy })), 'forbidden payload');
  }
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

test('every command has a right, and one that is none is refused', async () => {
  const made: readonly ControlRequest[] = [
    commands.revoke(['m1']),
    commands.rateLimit('a', 1),
    commands.timeLimit('a', { hardS: 1 }),
    commands.poolGrow(),
    commands.poolShrink(),
    commands.autoscale(1, 2),
    commands.poolRestart(),
    commands.shutdown(),
    commands.addConsumer('q'),
    commands.cancelConsumer('q'),
    commands.enableEvents(),
    commands.disableEvents(),
    commands.heartbeat(),
  ];
  assert.deepEqual(made.map((request) => request.method).sort(), Object.keys(COMMAND_RIGHTS).sort());
  const builders = Object.values(commands).filter((member) => typeof member === 'function');
  assert.equal(made.length, builders.length);
  const { desk, inner } = guarded({});
  for (const method of ['election', 'ping', 'constructor', '__proto__', '']) {
    assert.equal(await code(() => desk.command({ method, arguments: {} }, null)), 'bad_argument');
  }
  assert.deepEqual(inner.commands, []);
});

/** Every method as somebody would call it who knows names of things. */
const CALLS: { readonly [M in keyof Desk]: (desk: Desk) => unknown } = {
  workers: (desk) => desk.workers({ refresh: true }),
  requireWorker: (desk) => desk.requireWorker(SHOP),
  tasks: (desk) => desk.tasks(QUERY),
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
