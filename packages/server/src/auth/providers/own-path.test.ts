import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownPath } from './own-path.ts';

test('a path of this server is kept with its query', () => {
  assert.equal(ownPath('/', ''), '/');
  assert.equal(ownPath('/tasks?state=FAILURE&limit=5', ''), '/tasks?state=FAILURE&limit=5');
  assert.equal(ownPath('/p/tasks', '/p'), '/p/tasks');
  assert.equal(ownPath('/p', '/p'), '/p');
});

test('whatever a browser would take for another place is none', () => {
  for (const next of [
    '',
    'tasks',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2e%2e//evil.example',
    'https:evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    '/\u0000',
  ]) {
    assert.equal(ownPath(next, ''), null, JSON.stringify(next));
  }
});

test('a path beside the prefix is none', () => {
  for (const next of ['/', '/other', '/pp', '/p/../other', '/p/%2e%2e/other'])
    assert.equal(ownPath(next, '/p'), null, next);
});
