// The guarded desk: who may change what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, type ControlRequest } from '@umbel/celery';
import { code, CONTENTS, guarded, MAIL, SHOP } from '../../test/desk/mail-and-shop.ts';
import { type Scope } from '../auth/permissions.ts';
import { COMMAND_RIGHTS } from './command-rights.ts';
import { type Desk } from './desk.ts';

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
