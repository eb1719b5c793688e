import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CeleryError } from '../errors.ts';
import { createRedisKeys } from './redis-keys.ts';

test('a queue has one list for each priority step; the lowest step has the bare name', () => {
  const keys = createRedisKeys(0);
  assert.deepEqual(keys.queueSteps('q'), ['q', 'q\x06\x163', 'q\x06\x166', 'q\x06\x169']);
  const lists = [0, 2, 3, 5, 6, 8, 9].map((priority) => keys.queue('q', priority));
  assert.deepEqual(lists, ['q', 'q', 'q\x06\x163', 'q\x06\x163', 'q\x06\x166', 'q\x06\x166', 'q\x06\x169']);
  assert.deepEqual(
    [-4, 99, Number.NaN, 4.7].map((priority) => keys.queue('q', priority)),
    ['q', 'q\x06\x169', 'q', 'q\x06\x163'],
  );
});

test('steps and separator are those of the transport options', () => {
  const keys = createRedisKeys(0, { prioritySteps: [2, 5], sep: ':' });
  assert.deepEqual(keys.queueSteps('q'), ['q:2', 'q:5']);
  // kombu takes the last step when the priority is below all of them.
  assert.deepEqual(
    [0, 2, 4, 5].map((priority) => keys.queue('q', priority)),
    ['q:5', 'q:2', 'q:2', 'q:5'],
  );
});

test('the key prefix stands before everything but the members of sets', () => {
  const keys = createRedisKeys(3, { globalKeyprefix: 'app1_' });
  assert.equal(keys.queue('celery', 3), 'app1_celery\x06\x163');
  assert.equal(keys.bindings('celery'), 'app1__kombu.binding.celery');
  assert.equal(keys.permanentBindings('celery'), 'app1__kombu.binding_permanent.celery');
  assert.equal(keys.exchangeOf('app1__kombu.binding.celery'), 'celery');
  assert.equal(keys.channel('celery.pidbox', ''), 'app1_/3.celery.pidbox');
  assert.equal(keys.channelGlob('celeryev'), 'app1_/3.celeryev/*');
  assert.equal(keys.formatBinding({ routingKey: 'k', pattern: '', queue: 'q' }), 'k\x06\x16\x06\x16q');
});

test('channels follow fanout_prefix and fanout_patterns', () => {
  const channels = (options: Parameters<typeof createRedisKeys>[1]): string[] => {
    const keys = createRedisKeys(3, options);
    return [keys.channel('celeryev', 'task.multi'), keys.channelGlob('celeryev')];
  };
  assert.deepEqual(channels({}), ['/3.celeryev/task.multi', '/3.celeryev/*']);
  assert.deepEqual(channels({ fanoutPrefix: true }), ['/3.celeryev/task.multi', '/3.celeryev/*']);
  assert.deepEqual(channels({ fanoutPrefix: false }), ['celeryev/task.multi', 'celeryev/*']);
  assert.deepEqual(channels({ fanoutPrefix: 'my-{db}-' }), ['my-3-celeryev/task.multi', 'my-3-celeryev/*']);
  assert.deepEqual(channels({ fanoutPatterns: false }), ['/3.celeryev', '/3.celeryev']);
});

test('glob characters in names are literal in patterns', () => {
  const keys = createRedisKeys(0, { globalKeyprefix: 'a*[b]?\\' });
  assert.equal(keys.channelGlob('ev'), 'a\\*\\[b\\]\\?\\\\/0.ev/*');
  assert.equal(keys.bindingsGlob, 'a\\*\\[b\\]\\?\\\\_kombu.binding.*');
  assert.equal(createRedisKeys(0, { globalKeyprefix: 'p*' }).queueGlob('a[', '].b'), 'p\\*a\\[*\\].b*');
});

test('a binding is read as it was written, and nothing else is one', () => {
  const keys = createRedisKeys(0);
  const binding = { routingKey: 'a.#', pattern: '^a\\..*?$', queue: 'q' };
  assert.deepEqual(keys.parseBinding(keys.formatBinding(binding)), binding);
  for (const member of ['', 'q', 'a\x06\x16b', 'a\x06\x16\x06\x16', 'a\x06\x16b\x06\x16c\x06\x16d']) {
    assert.equal(keys.parseBinding(member), null);
  }
});

test('options that kombu cannot work with are refused', () => {
  for (const options of [
    { prioritySteps: [] },
    { prioritySteps: [3, 0] },
    { prioritySteps: [0.5] },
    { sep: '' },
  ]) {
    assert.throws(
      () => createRedisKeys(0, options),
      (error) => error instanceof CeleryError && error.code === 'bad_argument',
    );
  }
});
