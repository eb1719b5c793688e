import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNetworkTest, isEverywhere } from './networks.ts';

test('an address is in its networks and in no other, IPv4 also when it is written as IPv6', () => {
  const isIn = createNetworkTest(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:1::5', '::1'])
    assert.equal(isIn(address), true, address);
  for (const address of ['11.0.0.1', '::ffff:11.0.0.1', '192.0.2.8', '2001:db9::1', '::2', 'unix', '', null])
    assert.equal(isIn(address), false, String(address));
  assert.equal(createNetworkTest([])('10.0.0.1'), false);
});

test('what is no network is named', () => {
  for (const network of [
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0/8',
    '::/129',
    'host',
    '10.0.0.0/8/8',
    '',
  ]) {
    assert.throws(
      () => createNetworkTest([network]),
      { name: 'TypeError', message: /neither an address/ },
      network,
    );
  }
});

test('a network of everybody is known', () => {
  assert.deepEqual(['0.0.0.0/0', '::/0', '10.0.0.0/8', '0.0.0.0'].map(isEverywhere), [
    true,
    true,
    false,
    false,
  ]);
});
