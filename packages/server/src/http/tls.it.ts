// TLS with real certificates, made by openssl for each test.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type SecureVersion } from 'node:tls';
import { type Certificates, createCertificates, tempFolder, until } from '@umbel/testkit';
import { openTls, type Tls, type TlsFiles } from './tls.ts';

const NO_LOG = { info: () => undefined, warn: () => undefined };

function filesOf({ cert, key }: Certificates, caCerts: string | null = null): TlsFiles {
  return { certfile: cert, keyfile: key, caCerts };
}

async function serve(t: TestContext, tls: Tls | null) {
  assert.ok(tls);
  const server = createServer(tls.options, (_request, response) => response.end('here'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  /** A new connection each time: the status, or why there is none. */
  const ask = (client: { ca: string; cert?: string; key?: string }): Promise<string> =>
    new Promise((resolve) => {
      const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
      const asking = get({ host: '127.0.0.1', port, agent, ...client }, (response) => {
        response.resume();
        resolve(String(response.statusCode));
      });
      asking.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  return { server, port, ask };
}

test('serves with the certificate, and with nothing older than TLS 1.2', async (t) => {
  const certificates = await createCertificates(t);
  const { port, ask } = await serve(t, await openTls(filesOf(certificates), { log: NO_LOG }));
  assert.equal(await ask({ ca: certificates.caText }), '200');
  const protocolOf = (version: SecureVersion): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        ca: certificates.caText,
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.once('secureConnect', () => {
        resolve(socket.getProtocol() ?? '');
        socket.destroy();
      });
      socket.once('error', () => resolve('refused'));
    });
  assert.deepEqual(await Promise.all([protocolOf('TLSv1.3'), protocolOf('TLSv1.2'), protocolOf('TLSv1.1')]), [
    'TLSv1.3',
    'TLSv1.2',
    'refused',
  ]);
});

test('asks clients for a certificate when authorities are given: none and a foreign one are refused', async (t) => {
  const [own, foreign] = [await createCertificates(t), await createCertificates(t)];
  const { ask } = await serve(t, await openTls(filesOf(own, own.ca), { log: NO_LOG }));
  const clientOf = ({ cert, key }: Certificates) => ({
    ca: own.caText,
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
  });
  assert.equal(await ask(clientOf(own)), '200');
  assert.notEqual(await ask({ ca: own.caText }), '200');
  assert.notEqual(await ask(clientOf(foreign)), '200');
});

test('takes a new pair while it serves, and keeps the old one when the new one is broken', async (t) => {
  const [first, second] = [await createCertificates(t), await createCertificates(t)];
  const folder = tempFolder(t);
  const files = { certfile: join(folder, 'cert.pem'), keyfile: join(folder, 'key.pem'), caCerts: null };
  const put = (cert: string, key: string): void => {
    copyFileSync(cert, files.certfile);
    copyFileSync(key, files.keyfile);
  };
  put(first.cert, first.key);
  const warnings: string[] = [];
  const warn = (fields: unknown) => void warnings.push((fields as { problem: string }).problem);
  const tls = await openTls(files, { log: { ...NO_LOG, warn } });
  const { server, ask } = await serve(t, tls);
  t.after(tls?.startReloading(server, { everyMs: 20 }) ?? (() => undefined));
  assert.equal(await ask({ ca: first.caText }), '200');

  put(second.cert, first.key);
  await until(async () => warnings.length > 0, { timeoutMs: 20_000, what: () => 'a warning' });
  assert.match(warnings.at(-1) ?? '', /is not the private key of --certfile/);
  assert.equal(await ask({ ca: first.caText }), '200');

  put(second.cert, second.key);
  await until(async () => (await ask({ ca: second.caText })) === '200', {
    timeoutMs: 20_000,
    what: () => `the new certificate; warned: ${warnings.join('; ')}`,
  });
  assert.notEqual(await ask({ ca: first.caText }), '200');

  writeFileSync(files.keyfile, '');
  const before = warnings.length;
  await until(async () => warnings.length > before, { timeoutMs: 20_000, what: () => 'a second warning' });
  assert.equal(await ask({ ca: second.caText }), '200');
});

test('without any file there is no TLS', async () => {
  assert.equal(await openTls({ certfile: null, keyfile: null, caCerts: null }, { log: NO_LOG }), null);
});

test('half a pair and files that cannot be used are refused with what is wrong, and no key is quoted', async (t) => {
  const [own, foreign] = [await createCertificates(t), await createCertificates(t)];
  const nonsense = join(tempFolder(t), 'nonsense.pem');
  writeFileSync(nonsense, 'hunter2');
  const good = filesOf(own);
  const wrong: [TlsFiles, RegExp][] = [
    [{ ...good, keyfile: null }, /needs both --certfile and --keyfile/],
    [{ ...good, certfile: null }, /needs both/],
    [{ certfile: null, keyfile: null, caCerts: own.ca }, /needs both/],
    [{ ...good, certfile: '/no/such/cert.pem' }, /--certfile cannot be read: ENOENT/],
    [{ ...good, certfile: nonsense }, /--certfile .* holds no certificate/],
    [{ ...good, keyfile: nonsense }, /--keyfile .* is not the private key/],
    [{ ...good, keyfile: foreign.key }, /--keyfile .* is not the private key/],
    [{ ...good, caCerts: nonsense }, /--ca-certs .* holds no certificate/],
  ];
  for (const [files, message] of wrong) {
    await assert.rejects(
      openTls(files, { log: NO_LOG }),
      (error: Error) =>
        error.name === 'TlsError' && message.test(error.message) && !error.message.includes('hunter2'),
      String(message),
    );
  }
});
