import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { defaultDbPath } from './default-db-path.ts';

const nameOf = (url: string) => basename(defaultDbPath(url));

test('each broker, database and virtual host has a file of its own', () => {
  const urls = [
    'redis://h/0',
    'redis://h/1',
    'redis://h:6380/0',
    'amqp://h//',
    'amqp://h/v',
    'amqp://h/%2Fv',
    'redis+socket:///run/r.sock',
  ];
  assert.equal(new Set(urls.map(nameOf)).size, urls.length);
});

test('the file is named after the place, never after user or password', () => {
  assert.equal(nameOf('redis://user:hunter2@h:6379/3'), 'redis-h-6379-3.db');
  assert.equal(nameOf('amqp://user:hunter2@h//'), 'amqp-h-5672-%2F.db');
});

test('all servers of a failover list share the file of the first', () => {
  assert.equal(nameOf('redis://a/0;redis://b/0'), nameOf('redis://a/0'));
});
