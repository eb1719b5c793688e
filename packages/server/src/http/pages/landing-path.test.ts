import assert from 'node:assert/strict';
import { test } from 'node:test';
import { landingPath } from './landing-path.ts';

test('a page of this server is where a sign-in leads', () => {
  for (const next of [
    '/',
    '/audit?who=ada&from=-1h',
    '/api/task/info/a%2Fb',
    '/api/workers?workername=celery%40host',
    '/account?done=%2F%2Fevil',
    '/tasks/100%25',
  ]) {
    assert.equal(landingPath(next, ''), next);
  }
  assert.equal(landingPath('/p/audit', '/p'), '/p/audit');
  assert.equal(landingPath(undefined, '/p'), '/p/');
});

const ELSEWHERE = [
  '',
  'evil.example',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  'https:evil.example',
  'https://evil.example',
  'HTTPS:/evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '/%2f/evil.example',
  '/%2F%2Fevil.example',
  '/%252f/evil.example',
  '/%5cevil.example',
  '/%5C%5Cevil.example',
  '/\t/evil.example',
  '/\r\nSet-Cookie:a=b',
  '/%0d%0aSet-Cookie:a=b',
  '/%00/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
  '/%2e%2e//evil.example',
  '/;/../evil.example',
  '/..;/evil.example',
  '/%2e%2e;x=1/evil.example',
  '@evil.example',
  '/%ff',
  `/${'x'.repeat(3_000)}`,
];

test('whatever leads elsewhere leads to the main page', () => {
  for (const next of ELSEWHERE) assert.equal(landingPath(next, ''), '/', JSON.stringify(next));
});

test('characters that only look like a slash stay characters of a path', () => {
  for (const next of ['/\uff0fevil.example', '/\u2044\u2044evil.example', '/\u3002evil.example']) {
    const path = landingPath(next, '');
    assert.equal(new URL(path, 'https://umbel.example').host, 'umbel.example');
    assert.match(path, /^\/%[\x20-\x7e]+$/);
  }
});

test('nothing beside the prefix is a page of this server', () => {
  for (const next of [
    '/',
    '/other',
    '/pp/x',
    '/p/../other',
    '/p/%2e%2e/other',
    '/p/..%2fother',
    '/p%2f..%2fother',
    '/p/..;/other',
  ]) {
    assert.equal(landingPath(next, '/p'), '/p/', next);
  }
});

test('signing in leads neither to signing in nor to signing out', () => {
  for (const next of [
    '/login',
    '/login?next=/',
    '/login/google',
    '/login/link?token=x',
    '/logout',
    '/./logout',
  ]) {
    assert.equal(landingPath(next, ''), '/', next);
    assert.equal(landingPath(`/p${next}`, '/p'), '/p/', next);
  }
  assert.equal(landingPath('/logins', ''), '/logins');
});
