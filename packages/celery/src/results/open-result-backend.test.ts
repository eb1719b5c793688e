import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Broker } from '../broker/broker.ts';
import { CeleryError } from '../errors.ts';
import { openResultBackend } from './open-result-backend.ts';
import { resultKeyPrefix, taskResultKey } from './result-keys.ts';

/** Never reached: the URL is refused before. */
const broker = {} as Broker;

test('a scheme that is not supported is named, with those that are, and without the password', async () => {
  for (const scheme of ['db+postgresql', 'mongodb', 'sentinel', 'cache+memcached', 'amqp', 'file']) {
    await assert.rejects(openResultBackend(`${scheme}://u:hunter2@h/x`, { broker }), (error) => {
      assert.ok(error instanceof CeleryError);
      assert.equal(error.code, 'unsupported_transport');
      assert.equal(error.params['scheme'], scheme);
      assert.ok(error.message.includes(`${scheme}://`) && error.message.includes('rpc://'));
      assert.ok(!JSON.stringify([error.message, error.params]).includes('hunter2'));
      return true;
    });
  }
});

test('what is no URL is told as such', async () => {
  for (const url of [
    '',
    'localhost:6379',
    'redis://h:port/0',
    'redis://:hunter2@h:6379/zero',
    '//h',
    ':hunter2@h',
  ]) {
    await assert.rejects(openResultBackend(url, { broker }), (error) => {
      assert.ok(error instanceof CeleryError, String(error));
      assert.equal(error.code, 'bad_url');
      assert.match(error.message, /^The result backend URL/);
      assert.ok(!JSON.stringify([error.message, error.params]).includes('hunter2'));
      return true;
    });
  }
});

test('a key prefix gets an underscore unless it ends in a mark', () => {
  assert.deepEqual(['', 'a', 'a_', 'a-', 'a.', 'a:'].map(resultKeyPrefix), [
    '',
    'a_',
    'a_',
    'a-',
    'a.',
    'a:',
  ]);
  assert.equal(taskResultKey('a_', 't*1'), 'a_celery-task-meta-t*1');
  assert.equal(taskResultKey('', '\ud800'), 'celery-task-meta-\ufffd');
});
