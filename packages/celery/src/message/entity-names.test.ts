import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEntityName, checkQueueName, fitsShortString, isEntityName } from './entity-names.ts';

const refuses = (check: () => unknown, sentence: RegExp): void =>
  assert.throws(check, { name: 'CeleryError', code: 'bad_argument', message: sentence });

test('a name is 1 to 255 bytes of valid Unicode without control characters', () => {
  for (const name of ['q', 'high priority', 'é'.repeat(127), '#.*', 'amq.topic', '🦊']) {
    assert.equal(checkEntityName('exchange', name), name);
    assert.ok(isEntityName(name));
  }
  for (const [wrong, sentence] of [
    [7, /^exchange must be a text$/],
    [undefined, /^exchange must be a text$/],
    ['', /^exchange must not be empty$/],
    ['é'.repeat(128), /^exchange must not be longer than 255 bytes$/],
    ['a\0b', /^exchange must not hold control characters$/],
    ['a\u0085', /^exchange must not hold control characters$/],
    ['\ud800', /^exchange must be valid Unicode$/],
  ] as const) {
    refuses(() => checkEntityName('exchange', wrong), sentence);
    assert.ok(!isEntityName(wrong));
  }
});

test('the empty name passes where it means the default exchange, and a longer one where it is no short string', () => {
  assert.equal(checkEntityName('exchange', '', { minBytes: 0 }), '');
  assert.equal(checkEntityName('name', 'x'.repeat(256), { maxBytes: 1_000 }).length, 256);
});

test('a queue cannot have a name that RabbitMQ reserves', () => {
  assert.equal(checkQueueName('queue', 'amqp'), 'amqp');
  refuses(() => checkQueueName('queue', 'amq.gen-1'), /^queue must not begin with "amq\."/);
  refuses(() => checkQueueName('queue', ''), /^queue must not be empty$/);
});

test('whether AMQP can carry a text depends on its length alone', () => {
  assert.ok(fitsShortString('') && fitsShortString('a\nb') && fitsShortString('x'.repeat(255)));
  assert.ok(!fitsShortString('é'.repeat(128)));
});
