import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidence } from '../../test/auth/open-access.ts';
import { createProxySignIn } from './proxy-sign-in.ts';

const RULE = { header: 'x-user', groupsHeader: 'x-groups', from: ['10.0.0.0/24'] };
const find = createProxySignIn(RULE);
const from = (peer: string | null, headers: Readonly<Record<string, string | string[]>>, address = peer) =>
  find(evidence({ peer, address, headers }));

test('a proxy that is known says who it is, and which groups they are in', () => {
  assert.deepEqual(from('10.0.0.7', { 'x-user': 'ada@example.org', 'x-groups': 'ops, dev,,' }), {
    subject: 'proxy:ada@example.org',
    name: 'ada@example.org',
    email: null,
    via: 'proxy',
    groups: ['ops', 'dev'],
  });
  assert.ok(from('::ffff:10.0.0.7', { 'x-user': 'ada' }) !== null);
});

test('the header means nothing from anywhere else, also when the forwarded address is that of the proxy', () => {
  assert.equal(from('192.0.2.1', { 'x-user': 'ada' }), null);
  assert.equal(from('192.0.2.1', { 'x-user': 'ada', 'x-forwarded-for': '10.0.0.7' }, '10.0.0.7'), null);
  assert.equal(from(null, { 'x-user': 'ada' }, '10.0.0.7'), null);
});

test('over the unix socket it counts only where that is named', () => {
  const bySocket = createProxySignIn({ ...RULE, from: ['unix'] });
  assert.ok(bySocket(evidence({ peer: null, headers: { 'x-user': 'ada' } })) !== null);
  assert.equal(bySocket(evidence({ peer: '10.0.0.7', headers: { 'x-user': 'ada' } })), null);
});

test('a header that came twice, or holds what no name holds, is refused and names nobody', () => {
  const wrong: readonly Readonly<Record<string, string | string[]>>[] = [
    { 'x-user': ['ada', 'eve'] },
    { 'x-user': ['ada', 'ada'] },
    { 'x-user': 'ada', 'x-groups': ['a', 'b'] },
    { 'x-user': 'ada\u0000' },
    { 'x-user': 'ada\r\neve' },
    { 'x-user': 'ada\u0085' },
    { 'x-user': Buffer.from('ada\u202egro').toString('latin1') },
    { 'x-user': '   ' },
    { 'x-user': 'x'.repeat(257) },
  ];
  for (const headers of wrong) {
    const found = from('10.0.0.7', headers);
    assert.ok(found !== null && 'problem' in found, JSON.stringify(headers));
  }
});

test('a blank of Unicode is a part of the name, so that nobody becomes somebody else by it', () => {
  const header = (text: string) => Buffer.from(text).toString('latin1');
  for (const blank of ['\u00a0', '\u2003', '\u3000']) {
    for (const name of [`${blank}ada`, `ada${blank}`]) {
      const found = from('10.0.0.7', { 'x-user': header(name), 'x-groups': header(` ops ,${blank}x`) });
      assert.ok(found !== null && 'name' in found);
      assert.deepEqual([found.name, found.groups], [name, ['ops', `${blank}x`]]);
    }
  }
  const marked = from('10.0.0.7', { 'x-user': header('\ufeffada') });
  assert.ok(marked !== null && 'problem' in marked);
});

test('without the header, or with an empty one, the proxy names nobody', () => {
  assert.equal(from('10.0.0.7', {}), null);
  assert.equal(from('10.0.0.7', { 'x-user': '', 'x-groups': 'ops' }), null);
});

test('names beyond ASCII are read in UTF-8, and in Latin-1 where they are no UTF-8', () => {
  for (const header of [Buffer.from('jürgen').toString('latin1'), 'jürgen']) {
    const found = from('10.0.0.7', { 'x-user': header });
    assert.ok(found !== null && 'name' in found && found.name === 'jürgen');
  }
});
