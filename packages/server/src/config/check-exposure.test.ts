import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExposure } from './check-exposure.ts';
import { readAuthRules } from './read-auth-rules.ts';
import { resolveConfig } from './resolve-config.ts';

function check(env: Record<string, string>, thisMachineOnly = false): string | null {
  const config = resolveConfig({
    flags: new Map(),
    env: { UMBEL_ADDRESS: '0.0.0.0', ...env },
    readFile: () => '',
  });
  return checkExposure(config, readAuthRules(config), { thisMachineOnly });
}

test('without any sign-in another address than loopback is refused, and the refusal says how to go on', () => {
  assert.throws(() => check({}), {
    name: 'ConfigError',
    message: /reach 0\.0\.0\.0 .*--basic-auth.*--address 127\.0\.0\.1.*--unsafe-no-auth/,
  });
  assert.equal(check({}, true), null);
});

test('every way to sign in is one', () => {
  const ways: Record<string, string>[] = [
    { UMBEL_BASIC_AUTH: 'ada:love' },
    { UMBEL_HTPASSWD: '/etc/umbel/htpasswd' },
    { UMBEL_API_KEYS: 'k' },
    { UMBEL_AUTH_PROXY_HEADER: 'X-User', UMBEL_AUTH_PROXY_FROM: '10.0.0.1' },
    {
      UMBEL_OIDC_ISSUER: 'https://id.example.org',
      UMBEL_OAUTH2_KEY: 'k',
      UMBEL_OAUTH2_SECRET: 's',
      UMBEL_AUTH: '@example.org',
    },
  ];
  for (const env of ways) {
    assert.equal(check(env), null);
    // It closes an API that was opened, as in Flower, but whoever says "unsafe" contradicts themselves.
    assert.equal(check({ ...env, FLOWER_UNAUTHENTICATED_API: 'true' }), null);
    assert.throws(() => check({ ...env, UMBEL_UNSAFE_NO_AUTH: 'true' }), /Leave one of them out/);
  }
});

test('whoever opens it to others is warned, and told by what', () => {
  assert.match(String(check({ FLOWER_UNAUTHENTICATED_API: '1' })), /EVERYBODY .*0\.0\.0\.0.*FLOWER_UNAUTH/);
  assert.match(String(check({ UMBEL_UNSAFE_NO_AUTH: '1' })), /--unsafe-no-auth is set/);
  assert.equal(check({ UMBEL_UNSAFE_NO_AUTH: '1' }, true), null);
});

test('a bad truth word opens nothing', () => {
  assert.throws(() => check({ FLOWER_UNAUTHENTICATED_API: 'maybe' }), /needs true or false/);
});
