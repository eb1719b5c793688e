// What only a real connection shows: broken HTTP, slow clients, clients that leave, and stopping.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request as sendRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TaskResult } from '@umbel/celery';
import pino from 'pino';
import { setTimeout as pause } from 'node:timers/promises';
import { tempFolder, until } from '@umbel/testkit';
import { openApp } from '../../test/http/open-app.ts';
import { taskRecord } from '../../test/http/recording-desk.ts';

async function listen(
  t: TestContext,
  options: Parameters<typeof openApp>[2] = {},
  contents: Parameters<typeof openApp>[1] = {},
) {
  const opened = await openApp(t, contents, options);
  await opened.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = opened.app.server.address() as AddressInfo;
  return { ...opened, port, url: `http://127.0.0.1:${port}` };
}

async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

function held(): {
  result: Promise<TaskResult>;
  signal: Promise<AbortSignal>;
  give: (signal: AbortSignal) => void;
} {
  const { promise: signal, resolve: give } = Promise.withResolvers<AbortSignal>();
  const result = signal.then(
    (one) =>
      new Promise<TaskResult>((resolve) => {
        const end = () =>
          resolve({
            taskId: 't',
            state: 'STARTED',
            result: null,
            traceback: null,
            children: [],
            dateDone: null,
            groupId: null,
            parentId: null,
          });
        if (one.aborted) end();
        else one.addEventListener('abort', end, { once: true });
      }),
  );
  return { result, signal, give };
}

test('what is not HTTP is answered in the format of the API', async (t) => {
  const { port } = await listen(t);
  for (const [text, status] of [
    ['nonsense\r\n\r\n', 400],
    ['GET /api/workers HTTP/1.1\r\n\r\n', 400],
    ['GET /api/workers HTTP/9.9\r\nHost: x\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['POST /api/task/revoke/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 400],
    ['POST /api/task/revoke/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ] as const) {
    const answer = await say(port, text);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), text.slice(0, 60));
  }
  assert.match(await say(port, 'nonsense\r\n\r\n'), /\{"error":"[^"]+","status":400\}$/);
});

test('a client that is told to go and does not close its end is dropped', async (t) => {
  const { app, port } = await listen(t);
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.write('nonsense\r\n\r\n');
  let answer = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) answer += String(chunk);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  const open = () => new Promise<number>((count) => app.server.getConnections((_, n) => count(n)));
  assert.ok(socket.writable);
  await until(async () => (await open()) === 0, {
    timeoutMs: 20_000,
    what: () => 'the connection to end',
  });
});

test('a connection may have some requests under way; one with hundreds is dropped, and they are not looked at', async (t) => {
  const { port, call } = await listen(t);
  const get = (times: number) => 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(times);
  const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const answers = await say(port, get(10) + last);
  assert.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, 11);
  const flood = await say(port, get(500) + last).catch((error: NodeJS.ErrnoException) => error.code);
  assert.ok(flood === '' || flood === 'ECONNRESET', String(flood).slice(0, 200));
  // One after the other as many as it likes.
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  for (let times = 0; times < 40; times++) {
    socket.write(get(1));
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(chunk), /^HTTP\/1\.1 200 /);
  }
  assert.equal((await call('GET', '/healthz')).status, 200);
});

test('raw paths that no client library would send are answered', async (t) => {
  const { port } = await listen(t);
  for (const [target, status] of [
    ['/api/task/info/a%2Fb', 404],
    ['/api/task/info/%', 400],
    ['/api/task/info/%ff', 400],
    ['/api/task/info/%00', 400],
    ['/api/workers?a=%ff', 400],
    ['http://elsewhere/api/workers', 200],
    ['/../api/workers', 404],
    ['/api/workers#x', 200],
    ['//', 404],
  ] as const) {
    const answer = await say(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), target);
  }
});

test('a client that leaves ends the wait for its task', async (t) => {
  const { url, desk } = await listen(t);
  const { result, signal, give } = held();
  t.mock.method(desk, 'result', async (_id: string, options: { signal?: AbortSignal }) => {
    give(options.signal ?? AbortSignal.abort());
    return result;
  });
  const leaving = new AbortController();
  const request = fetch(`${url}/api/task/apply/shop.add`, { method: 'POST', signal: leaving.signal });
  const waiting = await signal;
  assert.equal(waiting.aborted, false);
  leaving.abort();
  await assert.rejects(request);
  if (!waiting.aborted) await once(waiting, 'abort');
});

test('stopping ends the waits and tells each client its task', async (t) => {
  const { app, url, desk } = await listen(t);
  const { result, signal, give } = held();
  t.mock.method(desk, 'result', async (_id: string, options: { signal?: AbortSignal }) => {
    give(options.signal ?? AbortSignal.abort());
    return result;
  });
  const request = fetch(`${url}/api/task/apply/shop.add`, { method: 'POST' });
  await signal;
  const closing = app.close();
  const response = await request;
  assert.equal(response.status, 503);
  assert.equal(((await response.json()) as { 'task-id': string })['task-id'], 'sent-1');
  await closing;
});

test('a connection that says nothing does not keep the server from stopping', async (t) => {
  const { app, port } = await listen(t);
  const silent: Socket = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  silent.on('error', () => silent.destroy());
  await app.close();
  silent.destroy();
});

test('a client that reads nothing of a large answer is dropped', async (t) => {
  const args = `('${'x'.repeat(1_000)}',)`;
  const tasks = Array.from({ length: 10_000 }, (_, index) => taskRecord(`t${index}`, { args }));
  const { app, port } = await listen(t, { unreadTimeoutMs: 100 }, { tasks });
  const accepted = once(app.server, 'connection') as Promise<[Socket]>;
  const lazy = connect(port, '127.0.0.1');
  lazy.on('error', () => lazy.destroy());
  lazy.pause();
  lazy.write('GET /api/tasks?limit=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [serverSide] = await accepted;
  await once(serverSide, 'close');
  // What was on its way still comes; the rest never does.
  lazy.resume();
  await once(lazy, 'close');
  assert.ok(lazy.bytesRead > 0 && lazy.bytesRead < 10_000_000, `${lazy.bytesRead}`);
});

test('a wait that is longer than the time for reading an answer is not cut off by it', async (t) => {
  const { url, desk } = await listen(t, { unreadTimeoutMs: 50 });
  const waited = desk.result.bind(desk);
  t.mock.method(desk, 'result', async (...args: Parameters<typeof waited>) => {
    await pause(300);
    return waited(...args);
  });
  for (const attempt of [1, 2]) {
    assert.equal((await fetch(`${url}/api/task/result/t1?timeout=1`)).status, 200, `${attempt}`);
  }
});

test('a request whose headers or body come too slowly is given up', async (t) => {
  const { app } = await listen(t);
  const { headersTimeout, requestTimeout } = app.server;
  assert.deepEqual([headersTimeout, requestTimeout], [10_000, 60_000]);
});

test('over a unix socket nobody has an address, unless the socket is trusted to tell it', async (t) => {
  const path = join(tempFolder(t), 'umbel.sock');
  const seen: unknown[] = [];
  for (const trustProxy of [[], ['unix']]) {
    const { app } = await openApp(t, {}, { trustProxy });
    app.addHook('onSend', async ({ client }) => {
      seen.push([client.evidence.peer, client.address, client.https]);
    });
    await app.listen({ path });
    const asked = sendRequest({
      socketPath: path,
      path: '/healthz',
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
    }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    response.destroy();
    await app.close();
  }
  assert.deepEqual(seen, [
    [null, null, false],
    [null, '203.0.113.9', true],
  ]);
});

test('the log holds neither credentials nor queries', async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const { url } = await listen(t, {
    log,
    access: { open: false },
  });
  const authorization = `Basic ${Buffer.from('ada:lovelace').toString('base64')}`;
  for (const caller of ['operator', 'stranger']) {
    const headers = { authorization, 'x-test-caller': caller, cookie: 'umbel_session=cookiesecret' };
    await fetch(`${url}/api/tasks?search=needle`, { headers });
    await fetch(`${url}/api/task/revoke/t1?signal=needle`, { method: 'POST', headers });
  }
  const text = lines.join('');
  assert.match(text, /"path":"\/api\/task\/revoke\/t1","status":400/);
  assert.match(text, /"path":"\/api\/tasks","status":401/);
  for (const secret of ['needle', 'lovelace', 'cookiesecret', authorization]) {
    assert.ok(!text.includes(secret), secret);
  }
});
