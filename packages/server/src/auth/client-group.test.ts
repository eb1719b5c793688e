import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientGroup } from './client-group.ts';

test('addresses of one IPv6 network of 64 bits are one client, however they are written', () => {
  const one = clientGroup('2001:db8:0:1::1');
  for (const address of [
    '2001:db8::1:0:0:0:2',
    '2001:0DB8:0000:0001:ffff:ffff:ffff:ffff',
    '2001:db8:0:1::%eth0',
  ])
    assert.equal(clientGroup(address), one, address);
  assert.notEqual(clientGroup('2001:db8:0:2::1'), one);
  assert.notEqual(clientGroup('2001:db8::1'), one);
  assert.notEqual(clientGroup('::1'), clientGroup('1::'));
});

test('IPv4 addresses are a client each, also when they are written as IPv6', () => {
  assert.equal(clientGroup('::ffff:192.0.2.1'), clientGroup('192.0.2.1'));
  assert.notEqual(clientGroup('192.0.2.1'), clientGroup('192.0.2.2'));
});

test('the unix socket is one client, and what is no address is another', () => {
  assert.notEqual(clientGroup(null), clientGroup('x'));
  assert.equal(clientGroup('x'), clientGroup('y'));
});
