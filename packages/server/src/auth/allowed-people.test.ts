import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowed, widePattern } from './allowed-people.ts';

const allows = (allow: string[], email: string | null) =>
  isAllowed({ allow, groups: [] }, { email, groups: [] });

test('an address is allowed as a whole, and case does not count', () => {
  assert.equal(allows(['ada@example.org'], 'Ada@Example.ORG'), true);
  assert.equal(allows(['*@Example.org'], 'ada@example.org'), true);
  assert.equal(allows(['*@*.example.org'], 'ada@mail.example.org'), true);
  for (const email of [
    'ada@example.org.evil.com',
    'ada@evil.com?@example.org.evil.com',
    'xada@example.orgx',
    'ada@exampleXorg',
    'ada@sub.example.org',
    '',
  ]) {
    assert.equal(allows(['*@example.org'], email), false, email);
  }
  assert.equal(allows(['bada@example.org', 'ada@example.org'], 'a@example.org'), false);
});

test('a letter that only Unicode takes for another one is another one', () => {
  assert.equal(allows(['kim@kex.org'], 'kim@\u212aex.org'), false);
});

test('without a proven address nobody matches a list of addresses', () => {
  assert.equal(allows(['*@example.org'], null), false);
});

test('one of the groups is needed, exactly, and in addition to the address', () => {
  const rule = { allow: ['*@example.org'], groups: ['org/team', 'org/other'] };
  assert.equal(isAllowed(rule, { email: 'ada@example.org', groups: ['org/team'] }), true);
  assert.equal(
    isAllowed(rule, { email: 'ada@example.org', groups: ['org', 'org/team2', 'Org/Team'] }),
    false,
  );
  assert.equal(isAllowed(rule, { email: 'ada@evil.com', groups: ['org/team'] }), false);
  assert.equal(isAllowed({ allow: [], groups: ['org'] }, { email: null, groups: ['org'] }), true);
});

test('patterns that would let strangers in are told from those that name people', () => {
  for (const pattern of [
    'ada@example.org',
    '*@example.org',
    'a*@example.org',
    '*@*.example.org',
    'ada@localhost',
  ])
    assert.equal(widePattern(pattern), null, pattern);
  for (const pattern of [
    '*',
    '**',
    '?*',
    '*@*',
    'ada@*',
    '*@*.*',
    '*@*example.org',
    '*@example.*',
    '*@*.org',
    '*@exam?le.org',
    '*example.org',
    'example.org',
    'ada',
    '*@',
    '@*',
    '*@*.',
    '',
  ]) {
    assert.notEqual(widePattern(pattern), null, pattern);
  }
});
