import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { startProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

/** A server that sends back what it gets. */
async function startEcho(t: TestContext): Promise<{ host: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

interface Client {
  socket: Socket;
  received(): string;
  /** How the connection ended: an error code, or `end`; null while it is open. */
  ended(): string | null;
}

async function openClient(t: TestContext, port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let ended: string | null = null;
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  socket.on('error', (error: NodeJS.ErrnoException) => (ended ??= error.code ?? 'error'));
  socket.on('close', () => (ended ??= 'end'));
  t.after(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, received: () => received, ended: () => ended };
}

test('passes bytes both ways', async (t) => {
  const proxy = await startProxy(t, await startEcho(t));
  const client = await openClient(t, proxy.port);
  client.socket.write('hello');
  await until(() => client.received() === 'hello', { what: 'the echo' });
  assert.equal(proxy.connections(), 1);
});

test('cut resets what is open and refuses what is new; restore accepts again at the same port', async (t) => {
  const proxy = await startProxy(t, await startEcho(t));
  const client = await openClient(t, proxy.port);
  await until(() => proxy.connections() === 1, { what: 'the proxy to have the connection' });
  await proxy.cut();
  await until(() => client.ended() === 'ECONNRESET', { what: () => `a reset, not ${client.ended()}` });
  await assert.rejects(openClient(t, proxy.port), { code: 'ECONNREFUSED' });
  await proxy.cut();
  await proxy.restore();
  await proxy.restore();
  const again = await openClient(t, proxy.port);
  again.socket.write('back');
  await until(() => again.received() === 'back', { what: 'the echo after restore' });
});

test('drop resets what is open and lets new connections through', async (t) => {
  const proxy = await startProxy(t, await startEcho(t));
  const client = await openClient(t, proxy.port);
  await until(() => proxy.connections() === 1, { what: 'the proxy to have the connection' });
  proxy.drop();
  await until(() => client.ended() === 'ECONNRESET', { what: () => `a reset, not ${client.ended()}` });
  const again = await openClient(t, proxy.port);
  again.socket.write('new');
  await until(() => again.received() === 'new', { what: 'the echo of the new connection' });
});

test('freeze holds every byte back without ending a connection; thaw lets them pass in order', async (t) => {
  const proxy = await startProxy(t, await startEcho(t));
  const [frozen, witness] = [await openClient(t, proxy.port), await startProxy(t, await startEcho(t))];
  frozen.socket.write('a');
  await until(() => frozen.received() === 'a', { what: 'the first echo' });
  proxy.freeze();
  proxy.freeze();
  for (const letter of 'bcd') frozen.socket.write(letter);
  // Another connection makes the same way meanwhile: so the frozen bytes had their chance.
  const other = await openClient(t, witness.port);
  other.socket.write('x');
  await until(() => other.received() === 'x', { what: 'the witness' });
  assert.equal(frozen.received(), 'a');
  assert.equal(frozen.ended(), null);
  proxy.thaw();
  await until(() => frozen.received() === 'abcd', { what: () => `abcd, not ${frozen.received()}` });
});

test('delay holds data back at least that long, in order', async (t) => {
  const proxy = await startProxy(t, await startEcho(t));
  const client = await openClient(t, proxy.port);
  proxy.delay(60);
  const start = performance.now();
  client.socket.write('one');
  await until(() => client.received() === 'one', { what: 'the delayed echo' });
  assert.ok(performance.now() - start >= 118, 'two delays, there and back, less rounding of timers');
  proxy.delay(0);
  client.socket.write(' two');
  await until(() => client.received() === 'one two', { what: 'the undelayed echo' });
});

test('url puts the proxy in place of host and port, and keeps user, path and query', async (t) => {
  const proxy = await startProxy(t, await startEcho(t));
  assert.equal(proxy.url('redis://127.0.0.1:6379/0'), `redis://127.0.0.1:${proxy.port}/0`);
  assert.equal(proxy.url('amqp://u:p%40x@rabbit/v?a=1'), `amqp://u:p%40x@127.0.0.1:${proxy.port}/v?a=1`);
});

test('a target that does not listen ends the client connection', async (t) => {
  const echo = await startEcho(t);
  const dead = await startProxy(t, echo);
  await dead.cut();
  const proxy = await startProxy(t, { host: '127.0.0.1', port: dead.port });
  const client = await openClient(t, proxy.port);
  await until(() => client.ended() !== null, { what: 'the end of the connection' });
});
