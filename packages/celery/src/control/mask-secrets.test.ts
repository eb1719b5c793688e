import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { maskSecrets, maskSecretsInText } from './mask-secrets.ts';

const SECRET = 'hunter2pw';

test('passwords of URLs are masked wherever they lie', () => {
  const stats = {
    broker: {
      hostname: 'h',
      alternates: [`redis://:${SECRET}@h:6379/0`, `sentinel://u:${SECRET}@h1;sentinel://u:${SECRET}@h2`],
      transport_options: { sentinel_kwargs: { password: SECRET, username: 'u' }, master_name: 'm' },
    },
    list: [[{ url: `amqp://guest:${SECRET}@h//` }]],
    [`amqp://guest:${SECRET}@key//`]: 1,
  };
  const masked = maskSecrets(stats) as typeof stats;
  assert.ok(!JSON.stringify(masked).includes(SECRET));
  assert.equal(masked.broker.transport_options.sentinel_kwargs.username, 'u');
  assert.equal(masked.broker.transport_options.master_name, 'm');
  assert.equal(masked.broker.hostname, 'h');
});

test('values under keys that name a secret are masked, whatever their type', () => {
  const keys = [
    'password',
    'redis_password',
    'PASSWORD',
    'broker_read_password',
    'sslPassword',
    'api_key',
    'apiKey',
    'AWS_SECRET_ACCESS_KEY',
    'security_key_password',
    'auth_token',
    'client-secret',
    'account_key',
    'credentials',
    'mail.pwd',
    'SENTRY_DSN',
  ]; // prettier-ignore
  for (const key of keys) {
    assert.deepEqual(maskSecrets({ [key]: SECRET }), { [key]: '***' }, key);
    assert.ok(!JSON.stringify(maskSecrets({ [key]: { deep: [SECRET] } })).includes(SECRET), key);
  }
  assert.deepEqual(maskSecrets({ password: 1234 }), { password: '***' });
  assert.deepEqual(maskSecrets({ password: JSON.rawJSON('12345678901234567890') }), { password: '***' });
});

test('what only looks like a secret stays readable', () => {
  const harmless = {
    visibility_timeout: 3600,
    task_default_routing_key: 'celery',
    global_keyprefix: 'app1_',
    result_chord_join_timeout: 3.0,
    passive: false,
    tokenizer: 'x',
    keyspace: 'k',
    password: null,
    secret: '',
    token: false,
    compass: 'north',
    total: { 'shop.reset_password': 12, 'shop.token': 3 },
    security_certificate: '/etc/ssl/c.pem',
    text: 'see http://h:80/a and password: None',
  };
  assert.deepEqual(maskSecrets(harmless), harmless);
});

test('routes of tasks with a secret in their name stay, and what is secret below them does not', () => {
  const routes = { 'shop.reset_password': 'mail', 'token.*': { queue: 'tokens' } };
  assert.deepEqual(maskSecrets({ task_routes: routes }), { task_routes: routes });
  assert.deepEqual(maskSecrets({ task_routes: [routes, [['secret.*', { queue: 'q' }]]] }), {
    task_routes: [routes, [['secret.*', { queue: 'q' }]]],
  });
  assert.deepEqual(maskSecrets({ task_routes: { 'shop.add': { queue: 'q', password: SECRET } } }), {
    task_routes: { 'shop.add': { queue: 'q', password: '***' } },
  });
  assert.deepEqual(maskSecrets({ secret: { task_routes: routes } }), {
    secret: { task_routes: { 'shop.reset_password': '***', 'token.*': { queue: '***' } } },
  });
});

test('exact numbers stay exact and __proto__ an ordinary key', () => {
  const big = JSON.rawJSON('9007199254740993');
  assert.equal((maskSecrets({ a: [big] }) as { a: unknown[] }).a[0], big);
  const masked = maskSecrets(JSON.parse('{"__proto__": {"password": "x"}}'));
  assert.equal(JSON.stringify(masked), '{"__proto__":{"password":"***"}}');
});

test('connection strings and assignments in running text are masked', () => {
  for (const text of [
    `DefaultEndpointsProtocol=https;AccountName=n;AccountKey=${SECRET}==;EndpointSuffix=x`,
    `host=h user=u password=${SECRET} dbname=d`,
    `password='${SECRET}'`,
    `{'sentinel_kwargs': {'password': '${SECRET}'}}`,
    `https://h/x?api_key=${SECRET}&b=c`,
    `broker_password: ${SECRET}`,
    `Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=${SECRET}`,
  ]) {
    assert.ok(!maskSecretsInText(text).includes(SECRET), maskSecretsInText(text));
  }
});

test('masking any JSON value keeps its shape and is stable', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = maskSecrets(value);
      assert.deepEqual(maskSecrets(once), once);
      assert.equal(Array.isArray(once), Array.isArray(value));
    }),
  );
});

test('a long hostile text is masked in linear time', () => {
  const text = 'password'.repeat(20_000) + '=: '.repeat(20_000) + 'a://'.repeat(20_000);
  assert.equal(typeof maskSecretsInText(text), 'string');
});
