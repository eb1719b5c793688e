import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CeleryError } from '../errors.ts';
import { type AmqpAddress, parseBrokerUrl, type RedisAddress } from './broker-url.ts';

function redis(url: string): RedisAddress {
  const parsed = parseBrokerUrl(url);
  assert.ok(parsed.transport === 'redis' && parsed.addresses[0]);
  return parsed.addresses[0];
}

function amqp(url: string): AmqpAddress {
  const parsed = parseBrokerUrl(url);
  assert.ok(parsed.transport === 'amqp' && parsed.addresses[0]);
  return parsed.addresses[0];
}

function fails(url: string, code: CeleryError['code'], text: RegExp): void {
  assert.throws(
    () => parseBrokerUrl(url),
    (error) => {
      assert.ok(error instanceof CeleryError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, text);
      return true;
    },
    url,
  );
}

test('a Redis URL has host, port, database and credentials, or their defaults', () => {
  const { host, port, db, username, password, tls, socketPath } = redis('redis://u:p@h:6380/2');
  assert.deepEqual(
    { host, port, db, username, password, tls, socketPath },
    { host: 'h', port: 6380, db: 2, username: 'u', password: 'p', tls: null, socketPath: null },
  );
  for (const url of ['redis://', 'redis:///', 'redis://:@', 'REDIS://']) {
    const at = redis(url);
    assert.deepEqual(
      [at.host, at.port, at.db, at.username, at.password],
      ['127.0.0.1', 6379, 0, null, null],
      url,
    );
  }
  assert.deepEqual([redis('redis://:pw@h').username, redis('redis://:pw@h').password], [null, 'pw']);
  assert.deepEqual([redis('redis://u@h').username, redis('redis://u:@h').password], ['u', null]);
});

test('a database is a number, also behind two slashes as kombu reads it', () => {
  assert.equal(redis('redis://h//3').db, 3);
  assert.equal(redis('redis://h/03').db, 3);
  for (const url of [
    'redis://h/x',
    'redis://h/3/',
    'redis://h/-1',
    'redis://h/1.5',
    'redis+socket:///s?virtual_host=x',
  ]) {
    fails(url, 'bad_url', /number of a database/);
  }
});

test('an IPv6 host stands in brackets', () => {
  assert.deepEqual([redis('redis://[::1]:7000/1').host, redis('redis://[::1]:7000/1').port], ['::1', 7000]);
  assert.equal(amqp('amqp://u:p@[2001:db8::5]/v').host, '2001:db8::5');
});

test('user, password and vhost are percent-decoded; a plus stays a plus', () => {
  const at = amqp('amqp://us%40er:p%2Fw%3A%23+%C3%A4@h/v%20h+1');
  assert.deepEqual([at.username, at.password, at.vhost], ['us@er', 'p/w:#+ä', 'v h+1']);
  assert.equal(redis('redis://:50%25%@h').password, '50%%');
});

test('any password survives percent-encoding', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
      const encoded = encodeURIComponent(password);
      assert.equal(redis(`redis://:${encoded}@h:1/2`).password, password);
      assert.equal(amqp(`amqp://${encoded}:x@h/v`).username, password);
      assert.equal(amqp(`amqp://h/${encoded}`).vhost, password);
    }),
  );
});

test('a unix socket is a path, its database a parameter', () => {
  for (const scheme of ['redis+socket', 'socket']) {
    const at = redis(`${scheme}://u:p%40@/run/my%20redis.sock?virtual_host=4`);
    assert.deepEqual([at.socketPath, at.db, at.username, at.password], ['/run/my redis.sock', 4, 'u', 'p@']);
  }
  assert.equal(redis('redis+socket:///run/r.sock').db, 0);
  fails('redis+socket://', 'bad_url', /names no socket/);
});

test('a vhost follows the rules of kombu', () => {
  const vhosts = ['amqp://h', 'amqp://h/', 'amqp://h//', 'amqp://h/%2F', 'amqp://h/%2Fv', 'pyamqp://h/v'].map(
    (url) => amqp(url).vhost,
  );
  assert.deepEqual(vhosts, ['/', '/', '/', '/', '/v', 'v']);
});

test('RabbitMQ has guest, localhost and its own ports as defaults', () => {
  const at = amqp('amqp://');
  assert.deepEqual(
    [at.host, at.port, at.username, at.password, at.tls],
    ['localhost', 5672, 'guest', 'guest', null],
  );
  assert.equal(amqp('amqps://h').port, 5671);
  assert.equal(amqp('amqp://h/v?heartbeat=30').vhost, 'v');
});

test('TLS is verified when anything is said about it, and not for a bare rediss URL', () => {
  const verification = (url: string): unknown[] => {
    const { tls } = parseBrokerUrl(url).addresses[0] ?? {};
    return tls ? [tls.verify, tls.checkHostname, tls.unverifiedByDefault] : [];
  };
  assert.deepEqual(verification('rediss://h'), [false, false, true]);
  assert.deepEqual(verification('rediss://h?ssl_cert_reqs=CERT_NONE'), [false, false, false]);
  assert.deepEqual(verification('rediss://h?ssl_cert_reqs=none&ssl_check_hostname=true'), [
    false,
    false,
    false,
  ]);
  assert.deepEqual(verification('rediss://h?ssl_cert_reqs=required'), [true, true, false]);
  assert.deepEqual(verification('rediss://h?ssl_cert_reqs=CERT_OPTIONAL'), [true, true, false]);
  assert.deepEqual(verification('rediss://h?ssl_ca_certs=/ca.pem'), [true, true, false]);
  assert.deepEqual(verification('rediss://h?ssl_ca_certs=/ca.pem&ssl_check_hostname=False'), [
    true,
    false,
    false,
  ]);
  assert.deepEqual(verification('redis://h?ssl_ca_certs=/ca.pem'), [true, true, false]);
  assert.deepEqual(verification('amqps://h'), [true, true, false]);
  assert.deepEqual(verification('amqp://h'), []);
  const { tls } = redis(
    'rediss://h?ssl_ca_certs=%2Fa%20b.pem&ssl_certfile=/c&ssl_keyfile=/k&ssl_password=s&ssl_ciphers=X',
  );
  assert.deepEqual(
    [tls?.caFile, tls?.certFile, tls?.keyFile, tls?.keyPassword, tls?.ciphers],
    ['/a b.pem', '/c', '/k', 's', 'X'],
  );
});

test('a TLS parameter that is not understood is refused, not ignored', () => {
  fails('rediss://h?ssl_cert_reqs=yes', 'bad_url', /required, optional or none/);
  fails('rediss://h?ssl_validate_ocsp=true', 'bad_url', /ssl_validate_ocsp/);
});

test('a failover list keeps its order and is of one transport', () => {
  const parsed = parseBrokerUrl('redis://a/1; redis://:pw@b:7/1 ;');
  assert.equal(parsed.displayUrl, 'redis://a/1; redis://:***@b:7/1 ;');
  assert.deepEqual(
    parsed.addresses.map(({ host, port }) => [host, port]),
    [
      ['a', 6379],
      ['b', 7],
    ],
  );
  fails('redis://a;amqp://b', 'bad_url', /mixes/);
});

test('what cannot be read is an error without its password', () => {
  const bad = [
    '',
    ';',
    'localhost:6379',
    'redis://:se/cret@h/0',
    'redis://:se#cret@h',
    'redis://h:port',
    'redis://h:99999',
    'redis://[::1',
  ];
  for (const url of bad) {
    fails(url, 'bad_url', /^The broker URL "(?!.*cret)/);
  }
  fails('redis://h?credential_provider=a.B', 'bad_url', /credential_provider/);
});

test('transports that Celery knows and Umbel does not are named', () => {
  fails('sentinel://:secret@h:26379/1', 'unsupported_transport', /Sentinel .* not supported yet/);
  for (const scheme of ['sqs', 'kafka', 'memory', 'mongodb', 'sqla+mysql', 'valkey']) {
    fails(
      `${scheme}://u:secret@h/x`,
      'unsupported_transport',
      new RegExp(`${scheme.replace('+', '\\+')}://`),
    );
  }
});

test('no text makes the parser fail otherwise than with its own error', () => {
  const part = fc.constantFrom(
    'redis',
    'amqp',
    'rediss',
    '://',
    ':',
    '@',
    '/',
    '?',
    '#',
    ';',
    '[',
    ']',
    '%',
    'ssl_',
    '=',
    '0',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 4 }))), (parts) => {
      try {
        parseBrokerUrl(parts.join(''));
      } catch (error) {
        assert.ok(error instanceof CeleryError);
      }
    }),
    { numRuns: 2_000 },
  );
});
