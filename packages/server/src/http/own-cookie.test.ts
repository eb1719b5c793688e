import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownCookie, sessionCookie } from './own-cookie.ts';

const facts = (https: boolean, urlPrefix: string, header?: string) => ({ https, urlPrefix, header });

test('the session cookie is out of reach for scripts, other sites and other paths', () => {
  const expires = 'Expires=Thu, 01 Jan 2026 00:00:00 GMT';
  const at = Date.UTC(2026, 0, 1);
  const attributes = (text: string) => text.split('; ').sort();
  assert.deepEqual(
    attributes(sessionCookie(facts(false, '')).set('v', at)),
    ['umbel_session=v', 'Path=/', 'HttpOnly', 'SameSite=Lax', expires].sort(),
  );
  assert.deepEqual(
    attributes(sessionCookie(facts(true, '')).set('v', at)),
    ['__Host-umbel_session=v', 'Path=/', 'HttpOnly', 'SameSite=Lax', 'Secure', expires].sort(),
  );
  assert.deepEqual(
    attributes(sessionCookie(facts(true, '/ops')).set('v', at)),
    ['umbel_session=v', 'Path=/ops', 'HttpOnly', 'SameSite=Lax', 'Secure', expires].sort(),
  );
});

test('clearing it names the same cookie, and one without an end goes with the browser', () => {
  const cookie = ownCookie('umbel_signin', facts(true, ''));
  assert.match(cookie.clear(), /^__Host-umbel_signin=; .*Expires=Thu, 01 Jan 1970/);
  assert.match(cookie.clear(), /Secure/);
  assert.doesNotMatch(cookie.set('v'), /Expires|Max-Age/);
});

test('a value comes back as it was set, and cannot bring attributes of its own', () => {
  const value = 'a b;Domain=evil.example\r\nSet-Cookie: x=1 ü%';
  const set = ownCookie('c', facts(false, '')).set(value);
  assert.doesNotMatch(set, /evil\.example;|\r|\n|Domain=evil/);
  assert.equal(ownCookie('c', facts(false, '', set.split(';')[0])).value, value);
});
