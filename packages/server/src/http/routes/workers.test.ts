import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { workerView } from '../../../test/http/recording-desk.ts';
import { DeskError, type WorkerReply } from '../../desk/desk.ts';

const refused = (worker: string): WorkerReply => ({
  worker,
  outcome: 'error',
  message: 'Pool restarts not enabled',
});
const silent = (worker: string): WorkerReply => ({ worker, outcome: 'no_reply' });

test('workers are listed as documented', async (t) => {
  const { call } = await openApp(t);
  const reply = (await call('GET', '/api/workers')).json()['w1@test'] as Record<string, unknown>;
  const { status, active, processed, load, registered, pool, concurrency, software, last_heartbeat } = reply;
  assert.deepEqual(
    { status, active, processed, load, registered, pool, concurrency, software, last_heartbeat },
    {
      status: 'online',
      active: 1,
      processed: 150,
      load: [0.5, 0.4, 0.3],
      registered: ['shop.add', 'shop.echo [rate_limit=10/m]'],
      pool: 'prefork',
      concurrency: 2,
      software: 'py-celery 5.7.0 (Linux)',
      last_heartbeat: 1_700_000_100,
    },
  );
  assert.ok(reply['stats'] !== undefined && reply['active_queues'] !== undefined);
});

test('what a worker was not yet asked is absent, and an offline worker runs nothing', async (t) => {
  const young = { ...workerView('young@test'), replies: {}, askedAt: {} };
  const { call } = await openApp(t, {
    workers: [young, workerView('gone@test', { status: 'offline', offlineReason: 'silent', active: 3 })],
  });
  const rows = (await call('GET', '/api/workers')).json() as Record<string, Record<string, unknown>>;
  assert.equal(rows['young@test']?.['stats'], undefined);
  assert.equal(rows['young@test']?.['processed'], 150);
  assert.deepEqual([rows['gone@test']?.['active'], rows['gone@test']?.['offline_reason']], [0, 'silent']);
});

test('the younger of heartbeat and answer counts', async (t) => {
  const replies = { active: [{}, {}, {}], stats: { total: { a: 100, b: 60 } } };
  const { call } = await openApp(t, {
    workers: [
      { ...workerView('young-answer'), replies, askedAt: { active: 1_700_000_200, stats: 1_700_000_200 } },
      { ...workerView('young-heartbeat'), replies, askedAt: { active: 1, stats: 1 } },
      {
        ...workerView('bare-heartbeat', { active: null, processed: null }),
        replies,
        askedAt: { active: 1, stats: 1 },
      },
    ],
  });
  const rows = (await call('GET', '/api/workers')).json() as Record<string, Record<string, unknown>>;
  assert.deepEqual([rows['young-answer']?.['active'], rows['young-answer']?.['processed']], [3, 160]);
  assert.deepEqual([rows['young-heartbeat']?.['active'], rows['young-heartbeat']?.['processed']], [1, 150]);
  assert.deepEqual([rows['bare-heartbeat']?.['active'], rows['bare-heartbeat']?.['processed']], [3, 160]);
});

test('the size of a pool is the number of its processes, also after it has grown', async (t) => {
  const pool = { 'max-concurrency': 2, processes: [1, 2, 3] };
  const { call } = await openApp(t, {
    workers: [
      { ...workerView('grown@test'), replies: { stats: { pool } } },
      { ...workerView('threads@test'), replies: { stats: { pool: { 'max-concurrency': 2 } } } },
    ],
  });
  const rows = (await call('GET', '/api/workers')).json() as Record<string, Record<string, unknown>>;
  assert.deepEqual([rows['grown@test']?.['concurrency'], rows['threads@test']?.['concurrency']], [3, 2]);
});

test('the list can be narrowed, refreshed, or reduced to states', async (t) => {
  const { call, desk } = await openApp(t, { workers: [workerView('a@test'), workerView('b/c@test')] });
  assert.deepEqual((await call('GET', '/api/workers?status=true')).json(), {
    'a@test': { status: 'online' },
    'b/c@test': { status: 'online' },
  });
  assert.deepEqual(Object.keys((await call('GET', '/api/workers?workername=b%2Fc%40test')).json()), [
    'b/c@test',
  ]);
  assert.deepEqual(Object.keys((await call('GET', '/api/workers?workername=')).json()).length, 2);
  assert.deepEqual(desk.refreshed, []);
  await call('GET', '/api/workers?refresh=1&workername=a@test');
  await call('GET', '/api/workers?refresh=yes');
  assert.deepEqual(desk.refreshed, ['a@test', undefined]);
  for (const query of ['refresh=', 'refresh=2', 'status=perhaps', 'refresh=%3Cb%3E']) {
    assert.equal((await call('GET', `/api/workers?${query}`)).status, 400, query);
  }
  const unknown = await call('GET', '/api/workers?workername=nope&status=1');
  assert.equal(unknown.status, 404);
  assert.match(unknown.text, /nope/);
});

test('a worker may have any name', async (t) => {
  const { call } = await openApp(t, { workers: [workerView('__proto__'), workerView('123')] });
  const { text } = await call('GET', '/api/workers?status=1');
  assert.match(text, /"__proto__":\{"status":"online"\}/);
  assert.equal((await call('POST', '/api/worker/pool/grow/__proto__')).status, 200);
});

test('commands reach the worker that the path names, percent-encoded or not', async (t) => {
  const name = 'celery@host/ünï%25';
  const { call, desk } = await openApp(t, { workers: [workerView(name)] });
  for (const path of [encodeURIComponent(name), 'celery@host/%C3%BCn%C3%AF%2525']) {
    const { status, json } = await call('POST', `/api/worker/pool/grow/${path}?n=3`);
    assert.equal(status, 200, path);
    assert.equal(json()['message'], `Growing '${name}' worker's pool by 3`);
    assert.deepEqual(json()['replies'], { [name]: { ok: 'pool_grow done' } });
  }
  assert.deepEqual(desk.commands, [
    { method: 'pool_grow', args: { n: 3 }, to: name },
    { method: 'pool_grow', args: { n: 3 }, to: name },
  ]);
});

test('every command sends what Celery expects', async (t) => {
  const { call, desk } = await openApp(t);
  const w = 'w1@test';
  for (const path of [
    `/api/worker/shutdown/${w}`,
    `/api/worker/pool/restart/${w}`,
    `/api/worker/pool/grow/${w}`,
    `/api/worker/pool/shrink/${w}?n=2`,
    `/api/worker/pool/autoscale/${w}?min=1&max=10`,
    `/api/worker/queue/add-consumer/${w}?queue=a%26b`,
    `/api/worker/queue/add-consumer/${w}?queue=q&exchange=x&exchange_type=topic&routing_key=a.*`,
    `/api/worker/queue/cancel-consumer/${w}?queue=jokes`,
  ]) {
    assert.equal((await call('POST', path)).status, 200, path);
  }
  assert.deepEqual(
    desk.commands.map(({ method, args }) => ({ method, args })),
    [
      { method: 'shutdown', args: {} },
      { method: 'pool_restart', args: { reload: false } },
      { method: 'pool_grow', args: { n: 1 } },
      { method: 'pool_shrink', args: { n: 2 } },
      { method: 'autoscale', args: { min: 1, max: 10 } },
      { method: 'add_consumer', args: { queue: 'a&b' } },
      {
        method: 'add_consumer',
        args: { queue: 'q', exchange: 'x', exchange_type: 'topic', routing_key: 'a.*' },
      },
      { method: 'cancel_consumer', args: { queue: 'jokes' } },
    ],
  );
});

test('parameters come as query, form, multipart or JSON alike', async (t) => {
  const { call, desk } = await openApp(t);
  const path = '/api/worker/pool/grow/w1@test';
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const boundary = '--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n7\r\n--b--\r\n';
  await call('POST', `${path}?n=2`);
  await call('POST', path, 'n=3', form);
  await call('POST', path, { n: 4 });
  await call('POST', path, '{"n": "5"}', form);
  await call('POST', path, '{"n": 6}', { 'content-type': 'text/plain' });
  await call('POST', path, boundary, { 'content-type': 'multipart/form-data; boundary=b' });
  await call('POST', path, ' {"n": 8}');
  await call('POST', `${path}?n=1`, 'n=8&n=9', form);
  await call('POST', path, '{"n": 10}', { 'content-type': 'application/vnd.x+json; charset=utf-8' });
  assert.deepEqual(
    desk.commands.map(({ args }) => args['n']),
    [2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test('nothing is sent while a parameter is wrong', async (t) => {
  const { call, desk } = await openApp(t);
  for (const path of [
    'pool/grow/w1@test?n=0',
    'pool/grow/w1@test?n=-1',
    'pool/grow/w1@test?n=1001',
    'pool/grow/w1@test?n=',
    'pool/shrink/w1@test?n=many',
    'pool/autoscale/w1@test',
    'pool/autoscale/w1@test?min=1',
    'pool/autoscale/w1@test?max=1',
    'pool/autoscale/w1@test?min=3&max=2',
    'queue/add-consumer/w1@test',
    'queue/add-consumer/w1@test?queue=',
    'queue/add-consumer/w1@test?queue=%20',
    'queue/add-consumer/w1@test?queue=amq.x',
    `queue/add-consumer/w1@test?queue=${'x'.repeat(256)}`,
    'queue/add-consumer/w1@test?queue=a%00b',
    'queue/add-consumer/w1@test?queue=a&exchange_type=x-delayed',
    'queue/cancel-consumer/w1@test',
    'queue/cancel-consumer/w1@test?queue=',
  ]) {
    const { status, json } = await call('POST', `/api/worker/${path}`);
    assert.equal(status, 400, path);
    assert.equal(json()['status'], 400, path);
  }
  for (const queue of [['a'], {}, null, 5, true]) {
    assert.equal((await call('POST', '/api/worker/queue/add-consumer/w1@test', { queue })).status, 400);
  }
  assert.deepEqual(desk.commands, []);
  assert.equal((await call('POST', '/api/worker/pool/grow/nobody')).status, 404);
  assert.equal((await call('POST', '/api/worker/shutdown/')).status, 404);
});

test('a worker that refuses is 409 with its own words, one that stays silent 504 and named', async (t) => {
  const no = await openApp(t, { answer: refused });
  const conflict = await no.call('POST', '/api/worker/pool/restart/w1@test');
  assert.equal(conflict.status, 409);
  assert.deepEqual(conflict.json(), {
    error: 'w1@test refused: Pool restarts not enabled',
    status: 409,
    replies: { 'w1@test': { error: 'Pool restarts not enabled' } },
  });
  const gone = await openApp(t, { answer: silent });
  const timeout = await gone.call('POST', '/api/worker/pool/grow/w1@test');
  assert.equal(timeout.status, 504);
  assert.match(timeout.text, /w1@test/);
});

test('while the broker is away commands are 503 and reading goes on', async (t) => {
  const brokerError = new DeskError('broker_unavailable', 'The broker is not connected.');
  const { call } = await openApp(t, { brokerError });
  for (const path of ['/api/worker/shutdown/w1@test', '/api/task/revoke/t1', '/api/task/send-task/x']) {
    const { status, json } = await call('POST', path);
    assert.deepEqual([status, json()], [503, { error: 'The broker is not connected.', status: 503 }], path);
  }
  assert.equal((await call('GET', '/api/workers')).status, 200);
  assert.equal((await call('GET', '/api/queues/length')).status, 503);
});

test('queue lengths are counts by name', async (t) => {
  const { call } = await openApp(t, {
    queues: new Map([
      ['celery', 3],
      ['ü/1', 0],
    ]),
  });
  assert.deepEqual((await call('GET', '/api/queues/length')).json(), { celery: 3, 'ü/1': 0 });
});

test('a pool is never shrunk to nothing', async (t) => {
  const { call, desk } = await openApp(t, { poolSize: 3 });
  for (const n of [3, 4, 1_000]) {
    const refusal = await call('POST', `/api/worker/pool/shrink/w1@test?n=${n}`);
    assert.deepEqual([refusal.status, desk.commands.length], [409, 0]);
    assert.match(refusal.text, /w1@test has 3 pool processes; at least one must stay/);
  }
  assert.equal((await call('POST', '/api/worker/pool/shrink/w1@test?n=2')).status, 200);
  assert.deepEqual(desk.commands, [{ method: 'pool_shrink', args: { n: 2 }, to: 'w1@test' }]);
});
