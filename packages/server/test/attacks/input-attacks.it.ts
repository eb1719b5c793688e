// Attacks by values: names and texts that mean something to a program, more rights than one has.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startWorker, until } from '@umbel/testkit';
import { basic, bearer, openArena, STATIC_KEY } from './arena.ts';
import { JSON_TYPE, operatorCalls, SEND } from './operator-calls.ts';
import { publishEvents } from './publish-events.ts';

const { attack, arena } = await openArena();
const { post, get } = operatorCalls(arena);

for (const [what, query] of [
  ['SQL in sort_by', 'sort_by=name;DROP TABLE tasks'],
  ['a column of SQLite in sort_by', 'sort_by=rowid'],
  ['a function in sort_by', 'sort_by=randomblob(1000000000)'],
  ['SQL in limit', 'limit=1 UNION SELECT 1'],
  ['a negative limit', 'limit=-1'],
  ['a limit beyond every page', 'limit=99999999999'],
  ['a negative offset', 'offset=-1'],
  ['an offset beyond numbers', 'offset=1e300'],
  ['a date that is SQL', "received_start=' OR 1=1 --"],
] as const) {
  attack(`${what} is refused with 400, or is a value like others`, async () => {
    const reply = await get(`/api/tasks?${query.replaceAll(' ', '%20')}`);
    assert.ok([200, 400].includes(reply.status), reply.text);
    assert.doesNotMatch(reply.text, /sqlite|syntax error|no such column/i);
  });
}

attack('SQL in every text filter finds nothing and breaks nothing', async () => {
  for (const name of ['search', 'state', 'taskname', 'workername'])
    for (const value of [
      "' OR '1'='1",
      "'; DROP TABLE tasks; --",
      '" OR ""="',
      "\\' OR 1=1 --",
      '%',
      '_',
      '*',
    ]) {
      const reply = await get(`/api/tasks?${name}=${encodeURIComponent(value)}`);
      assert.ok([200, 400].includes(reply.status), `${name}=${value}: ${reply.text}`);
      assert.doesNotMatch(reply.text, /sqlite|syntax error/i);
    }
  assert.equal((await get('/api/tasks')).status, 200);
});

attack(
  'a search that would take a backtracking engine for ever (ReDoS) is text, and the server goes on',
  async ({ umbel }) => {
    const evil = ['(a+)+$', '(a|a)*b', '^(([a-z])+.)+[A-Z]([a-z])+$', '.*'.repeat(50), 'a'.repeat(500)];
    const searches = evil.map((pattern) => get(`/api/tasks?search=${encodeURIComponent(pattern)}`));
    assert.equal((await umbel.get('/healthz')).status, 200);
    for (const reply of await Promise.all(searches))
      assert.ok([200, 400, 429].includes(reply.status), reply.text);
  },
);

attack(
  'a search for hundreds of words, and NEAR, OR and stars of full-text search, are refused or text',
  async () => {
    const words = Array.from({ length: 400 }, (_, index) => `w${index}`).join(' ');
    for (const search of [words, 'a NEAR/1000 b', 'a* OR b*', 'name:a', '"a', '-a', 'a AND (b', '{a b}:c'])
      assert.ok(
        [200, 400].includes((await get(`/api/tasks?search=${encodeURIComponent(search)}`)).status),
        search,
      );
  },
);

attack('line breaks in names make no second log line and no header', async ({ umbel }) => {
  const forged = '{"level":30,"msg":"forged-line"}';
  const name = `x\r\n${forged}\r\nSet-Cookie: a=b`;
  for (const path of ['/api/task/info/', '/api/task/revoke/', '/api/worker/shutdown/', '/login/']) {
    const reply = await umbel.get(path + encodeURIComponent(name), { headers: basic('ada') });
    assert.equal(reply.headers.get('set-cookie'), null);
    await post(path + encodeURIComponent(name), '{}');
  }
  await umbel.post('/api/v1/session', JSON.stringify({ name, password: 'x' }), {
    headers: { ...JSON_TYPE, 'x-forwarded-for': `10.0.0.1\r`.trim() },
  });
  assert.ok(
    !umbel.process
      .log()
      .split('\n')
      .some((line) => line.startsWith(forged)),
  );
});

attack(
  'a worker’s event cannot forge a log line, an entry or a terminal’s colours',
  async ({ umbel, redis }) => {
    const forged = '{"level":30,"msg":"forged-by-worker"}';
    await publishEvents(redis, [
      { type: 'worker-online', hostname: `w\n${forged}\u001b[31m@h` },
      { type: 'task-received', uuid: `u\n${forged}`, name: `n\n${forged}` },
      { type: `task-\n${forged}`, uuid: 'x' },
    ]);
    const uuid = randomUUID();
    await publishEvents(redis, [{ type: 'task-received', uuid, name: 'honest' }]);
    await until(async () => (await get(`/api/task/info/${uuid}`)).status === 200, {
      what: 'the events to arrive',
    });
    const log = umbel.process.log();
    assert.ok(!log.split('\n').some((line) => line.startsWith(forged)));
    assert.ok(!log.includes('\u001b[31m'));
  },
);

attack(
  'rights in the body, the query or a header make a viewer no operator: 403',
  async ({ umbel, redis }) => {
    const before = await redis.client().llen('celery');
    for (const [query, headers, body] of [
      ['?role=admin&rights=send', {}, '{}'],
      ['', { 'x-role': 'admin', 'x-rights': 'send', 'x-user': 'ada' }, '{}'],
      ['', {}, '{"role":"admin","roles":["admin"],"user":"ada","owner":"ada"}'],
    ] as const) {
      const reply = await umbel.post(SEND + query, body, {
        headers: { ...basic('vera'), ...JSON_TYPE, ...headers },
      });
      assert.equal(reply.status, 403, reply.text);
      assert.match(reply.text, /send/);
    }
    assert.equal(await redis.client().llen('celery'), before);
  },
);

attack(
  'who may not see payloads learns nothing of them, by page, list, result, search or sorting',
  async ({ redis }) => {
    const uuid = randomUUID();
    const secret = 'zebra-crossing-4711';
    await publishEvents(redis, [
      {
        type: 'task-received',
        uuid,
        name: 'bank.pay',
        args: `('${secret}',)`,
        kwargs: `{'iban': '${secret}'}`,
      },
      { type: 'task-failed', uuid, exception: `ValueError('${secret}')`, traceback: `at ${secret}` },
    ]);
    await until(async () => (await get(`/api/task/info/${uuid}`)).text.includes(secret), {
      what: 'the task',
    });
    for (const path of [
      `/api/task/info/${uuid}`,
      `/api/tasks?taskname=bank.pay`,
      '/api/tasks?sort_by=args',
      '/',
    ]) {
      const reply = await get(path, 'blind');
      assert.ok(!reply.text.includes(secret), path);
    }
    assert.equal((await get(`/api/task/result/${uuid}`, 'blind')).status, 403);
    for (const search of [secret, 'zebra', 'args:zebra', `kwargs:iban=${secret}`, 'result:zebra']) {
      const reply = await get(`/api/tasks?search=${encodeURIComponent(search)}`, 'blind');
      assert.ok(!reply.text.includes(uuid), `${search} is an oracle`);
    }
  },
);

attack(
  'whoever works on some tasks alone neither sees nor touches others: 403 and 404',
  async ({ umbel, redis }) => {
    const uuid = randomUUID();
    await publishEvents(redis, [{ type: 'task-received', uuid, name: 'bank.pay' }]);
    await until(async () => (await get(`/api/task/info/${uuid}`)).status === 200, { what: 'the task' });
    const before = await redis.client().llen('celery');
    const headers = { ...basic('mel'), ...JSON_TYPE };
    assert.equal((await get(`/api/task/info/${uuid}`, 'mel')).status, 404);
    assert.ok(!(await get('/api/tasks', 'mel')).text.includes(uuid));
    assert.equal((await umbel.post(`/api/task/revoke/${uuid}`, '{}', { headers })).status, 404);
    for (const name of ['bank.pay', 'MAIL.send', 'mail', 'xmail.send', 'mail\u2024send'])
      assert.equal(
        (await umbel.post(`/api/task/send-task/${encodeURIComponent(name)}`, '{}', { headers })).status,
        403,
        name,
      );
    assert.equal(await redis.client().llen('celery'), before);
  },
);

attack(
  'a queue or exchange that would send a worker round in circles is refused with 400',
  async ({ umbel, redis }, t) => {
    const { hostname } = await startWorker(t, { brokerUrl: redis.url });
    await redis.client().sadd('a-set', 'x');
    for (const body of [{ queue: 'a', exchange: 'e', exchange_type: 'headers' }, { queue: 'a-set' }]) {
      const reply = await post(`/api/worker/queue/add-consumer/${hostname}`, JSON.stringify(body));
      assert.equal(reply.status, 400, reply.text);
    }
    const reply = await post(`/api/worker/queue/add-consumer/${hostname}`, '{"queue":"honest"}');
    assert.equal(reply.status, 200, reply.text);
    assert.equal(
      (await umbel.get('/api/workers?refresh=1', { headers: basic('olga') })).text.includes('honest'),
      true,
    );
  },
);

attack('a formula in a name is no formula in the CSV of the audit trail', async ({ umbel }) => {
  for (const name of ['=cmd|calc!A1', '+1+1', '-1+1', '@SUM(1)', '\t=1+1'])
    await umbel.post(`/api/task/revoke/${encodeURIComponent(name)}`, '{}', {
      headers: { ...basic('olga'), ...JSON_TYPE },
    });
  const reply = await get('/api/v1/audit?format=csv', 'ada');
  assert.equal(reply.status, 200, reply.text);
  assert.match(reply.headers.get('content-type') ?? '', /^text\/csv/);
  for (const cell of reply.text.split(/[\r\n,]/)) assert.doesNotMatch(cell, /^"?[=+@]|^"?-\d+\+/, cell);
});

attack('no answer to an attack tells of files, stacks or versions', async ({ umbel }) => {
  for (const reply of [
    await post(SEND, '{'),
    await get('/api/tasks?limit=x'),
    await get('/api/nothing'),
    await umbel.get('/api/tasks', { headers: bearer('x') }),
    await umbel.get('/healthz'),
  ]) {
    assert.doesNotMatch(reply.text, /node_modules|\.ts:\d+|\/packages\/|at Object\./);
    for (const header of ['server', 'x-powered-by']) assert.equal(reply.headers.get(header), null);
  }
});

attack(
  'the command line of the process, which everybody on the machine sees, holds no secret',
  ({ umbel }) => {
    const commandLine = readFileSync(`/proc/${umbel.process.pid}/cmdline`, 'utf8');
    for (const secret of ['pw-ada', STATIC_KEY]) assert.ok(!commandLine.includes(secret));
    return Promise.resolve();
  },
);
