import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicAddress } from './public-address.ts';

test('the public address has the URL prefix in it, whether it names it or not', () => {
  const address = (url: string | null, prefix: string) =>
    publicAddress({ 'public-url': url, 'url-prefix': prefix });
  assert.equal(address(null, '/umbel'), null);
  assert.equal(address('https://umbel.example.org', ''), 'https://umbel.example.org');
  assert.equal(address('https://example.org', '/umbel'), 'https://example.org/umbel');
  assert.equal(address('https://example.org/umbel', '/umbel'), 'https://example.org/umbel');
});

test('a public address below another path than the prefix is refused, because no page would link there', () => {
  for (const [prefix, words] of [
    ['', /has the path \/tools\/umbel, but --url-prefix is not set: add --url-prefix \/tools\/umbel/],
    ['/umbel', /but --url-prefix is \/umbel:/],
  ] as const)
    assert.throws(
      () => publicAddress({ 'public-url': 'https://example.org/tools/umbel', 'url-prefix': prefix }),
      { name: 'ConfigError', message: words },
    );
});
