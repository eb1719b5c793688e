import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { maskUrl, maskUrls } from './mask-url.ts';

test('the password of a URL is masked and the rest stays', () => {
  const cases: Record<string, string> = {
    'redis://user:secret@h:6379/0': 'redis://user:***@h:6379/0',
    'redis://:secret@h': 'redis://:***@h',
    'amqp://user@h/v': 'amqp://user@h/v',
    'redis://h:6379/0': 'redis://h:6379/0',
    'redis://[::1]:6379/0': 'redis://[::1]:6379/0',
    'redis+socket://:secret@/run/redis.sock?virtual_host=1':
      'redis+socket://:***@/run/redis.sock?virtual_host=1',
    'rpc://': 'rpc://',
  };
  for (const [url, masked] of Object.entries(cases)) assert.equal(maskUrl(url), masked);
});

test('every URL of a list is masked', () => {
  assert.equal(
    maskUrl('redis://:one@a;redis://:two@b;sentinel://u:three@c:1'),
    'redis://:***@a;redis://:***@b;sentinel://u:***@c:1',
  );
});

test('secrets in query parameters are masked, file names are not', () => {
  assert.equal(
    maskUrl('rediss://h/0?ssl_password=secret&ssl_keyfile=/k.pem&access_key=secret&virtual_host=1'),
    'rediss://h/0?ssl_password=***&ssl_keyfile=/k.pem&access_key=***&virtual_host=1',
  );
});

test('characters that should have been encoded do not let a password through', () => {
  const odd = [
    'sec@ret',
    'sec/ret',
    'sec?ret',
    'sec#ret',
    'sec:ret',
    'sec;ret',
    'sec ret',
    'sec]ret',
    'sec@/?ret',
    '//ret@x',
  ];
  for (const password of odd) {
    const masked = maskUrl(`redis://user:${password}@host:6379/0`);
    assert.equal(masked, 'redis://user:***@host:6379/0', password);
  }
});

test('text that is no URL loses what could be a password', () => {
  assert.equal(maskUrl('user:secret@host'), 'user:***@host');
  assert.equal(maskUrl('redis://:sec/ret'), 'redis://:***');
  assert.equal(maskUrl(''), '');
});

test('URLs inside running text are masked', () => {
  assert.equal(
    maskUrls(
      'cannot reach "redis://:secret@h/0" or amqp://u:secret@b; see https://example.org/a?b=c (me@example.org)',
    ),
    'cannot reach "redis://:***@h/0" or amqp://u:***@b; see https://example.org/a?b=c (me@example.org)',
  );
  assert.equal(maskUrls("{'url': 'amqp://u:secret@h//'}"), "{'url': 'amqp://u:***@h//'}");
  assert.equal(maskUrls('nothing here: a@b, c:d@e'), 'nothing here: a@b, c:d@e');
});

test('a URL is found whatever stands before it', () => {
  for (const before of ['error:', 'x-', '/', 'a.', 'é', '@', '1']) {
    assert.equal(maskUrls(`${before}redis://u:secret@h/0 ok`), `${before}redis://u:***@h/0 ok`);
  }
});

test('no password of a URL is ever seen, whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.constantFrom('redis', 'amqp', 'redis+socket'),
      (middle, scheme) => {
        const masked = maskUrl(`${scheme}://user:SECRET${middle}SECRET@host/0`);
        assert.ok(!masked.includes('SECRET'), masked);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('masking takes no more than linear time on hostile text', () => {
  const long = 'redis://'.repeat(50_000) + ':'.repeat(50_000) + '@'.repeat(50_000);
  assert.ok(maskUrls(long).length <= long.length + 50_000 * 3);
  assert.ok(maskUrls(`x://${'a'.repeat(200_000)}`).length > 0);
  assert.ok(maskUrls('a.'.repeat(100_000)).length > 0);
  assert.ok(maskUrls('a:://b '.repeat(100_000)).length > 0);
  assert.ok(maskUrls('://'.repeat(100_000)).length > 0);
});
