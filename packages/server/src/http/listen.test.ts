import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startProcess, tempFolder, until } from '@umbel/testkit';
import Fastify, { type FastifyInstance } from 'fastify';
import { listen } from './listen.ts';

function createApp(t: TestContext): FastifyInstance {
  const app = Fastify();
  app.get('/', () => 'here');
  t.after(() => app.close());
  return app;
}

async function get(socketPath: string): Promise<number | undefined> {
  const asking = request({ socketPath, path: '/' }).end();
  const [response] = (await once(asking, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

/** A socket file that a killed process has left behind. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
  const child = await startProcess(process.execPath, ['-e', script]);
  await until(async () => child.log().includes('up'), { timeoutMs: 20_000, what: () => child.log() });
  await child.kill();
  assert.ok(lstatSync(path).isSocket());
}

test('an address and a port are answered with the URL', async (t) => {
  const url = await listen(createApp(t), { host: '127.0.0.1', port: 0 });
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await fetch(url)).status, 200);
});

test('a port that is taken and an address of somebody else are told in a sentence', async (t) => {
  const url = new URL(await listen(createApp(t), { host: '127.0.0.1', port: 0 }));
  const port = Number(url.port);
  await assert.rejects(listen(createApp(t), { host: '127.0.0.1', port }), {
    code: 'EADDRINUSE',
    message: `Another process listens on port ${port} of 127.0.0.1 already. Stop it, or take another --port.`,
  });
  await assert.rejects(listen(createApp(t), { host: '192.0.2.1', port: 0 }), {
    message: '192.0.2.1 is no address of this machine. Take another --address.',
  });
});

test('a unix socket has its mode from the first moment, and the umask is what it was', async (t) => {
  const before = process.umask(0o022);
  t.after(() => process.umask(before));
  for (const mode of [0o600, 0o660, 0o666]) {
    const path = join(tempFolder(t), 's');
    const app = createApp(t);
    const asBorn: number[] = [];
    app.server.once('listening', () => asBorn.push(lstatSync(path).mode & 0o777));
    assert.equal(await listen(app, { socketPath: path, mode }), `unix:${path}`);
    assert.equal((asBorn[0] ?? 0o777) & ~mode, 0, `born wider than ${mode.toString(8)}`);
    assert.equal(lstatSync(path).mode & 0o777, mode);
    assert.equal(process.umask(), 0o022);
    assert.equal(await get(path), 200);
    await app.close();
    assert.equal(existsSync(path), false);
  }
});

test('the socket of a dead process is replaced', async (t) => {
  const path = join(tempFolder(t), 's');
  await leaveSocket(path);
  await listen(createApp(t), { socketPath: path, mode: 0o660 });
  assert.equal(await get(path), 200);
});

test('the socket of a living process is left to it', async (t) => {
  const path = join(tempFolder(t), 's');
  const other = createServer().listen(path);
  t.after(() => other.close());
  await once(other, 'listening');
  await assert.rejects(listen(createApp(t), { socketPath: path, mode: 0o660 }), {
    name: 'ListenError',
    message: `Another process listens on ${path}. Stop it, or take another --unix-socket.`,
  });
  assert.ok(lstatSync(path).isSocket());
});

test('what is no socket is never deleted, nor reached through a link', async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'precious');
  writeFileSync(file, 'data');
  const link = join(folder, 'link');
  const stale = join(folder, 's');
  await leaveSocket(stale);
  symlinkSync(stale, link);
  for (const path of [file, link, folder]) {
    await assert.rejects(
      listen(createApp(t), { socketPath: path, mode: 0o660 }),
      /is not a socket; it was left/,
    );
  }
  assert.equal(readFileSync(file, 'utf8'), 'data');
  assert.ok(lstatSync(link).isSymbolicLink() && lstatSync(stale).isSocket());
});

test('a folder that is missing is named by the system’s own error', async (t) => {
  const path = join(tempFolder(t), 'no', 'such', 's');
  await assert.rejects(listen(createApp(t), { socketPath: path, mode: 0o660 }), { syscall: 'listen' });
});
