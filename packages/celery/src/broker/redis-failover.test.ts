import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBrokerUrl } from './broker-url.ts';
import { createRedisFailover } from './redis-failover.ts';

function failoverOf(url: string) {
  const parsed = parseBrokerUrl(url);
  assert.ok(parsed.transport === 'redis');
  const failover = createRedisFailover(parsed.addresses);
  const switches: string[] = [];
  failover.onSwitch(({ host }) => switches.push(host));
  return { failover, switches, addresses: parsed.addresses };
}

test('the next server is used when the current one fails, in a circle', () => {
  const { failover, switches } = failoverOf('redis://a;redis://b;redis://c');
  for (let i = 0; i < 4; i += 1) failover.failed(failover.current);
  assert.deepEqual(switches, ['b', 'c', 'a', 'b']);
  assert.equal(failover.current.host, 'b');
});

test('two connections that fail at the same server switch once', () => {
  const { failover, switches, addresses } = failoverOf('redis://a;redis://b;redis://c');
  const [a] = addresses;
  assert.ok(a);
  failover.failed(a);
  failover.failed(a);
  assert.deepEqual(switches, ['b']);
});

test('a single server is used for ever', () => {
  const { failover, switches } = failoverOf('redis://a');
  failover.failed(failover.current);
  assert.deepEqual([failover.current.host, switches], ['a', []]);
});
