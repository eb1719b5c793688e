import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grants, people, providerKind } from './access-kinds.ts';

test('people are read as addresses, domains and patterns', () => {
  assert.deepEqual(people.parse('ada@example.org, @example.com ,*.ops@example.net'), [
    'ada@example.org',
    '*@example.com',
    '*.ops@example.net',
  ]);
  assert.deepEqual(people.parse(['ada@example.org', '@example.com']), ['ada@example.org', '*@example.com']);
});

test("people are read in Flower's language too", () => {
  assert.deepEqual(people.parse('a@x.com|b@y.net'), ['a@x.com', 'b@y.net']);
  assert.deepEqual(people.parse('.*@x.com'), ['*@x.com']);
  assert.deepEqual(people.parse('one.*two@x.com'), ['one*two@x.com']);
});

test('what Flower refuses is refused', () => {
  for (const pattern of ['.*@.*x.com', 'a@.*x.com', '.*x.com', 'a@x.com|.*@y.com', '.*'])
    assert.throws(() => people.parse(pattern), { name: 'OptionValueError' }, pattern);
});

test('regular expressions are refused, because none of them would match what it is meant to', () => {
  for (const pattern of [
    '.*@example\\.org',
    '^ada@example.org',
    'ada@example.org$',
    '(ada)@x.com',
    '[ab]@x.com',
  ])
    assert.throws(() => people.parse(pattern), /takes no regular expressions/, pattern);
  assert.deepEqual(people.parse("o'neill+x^y$z@x.com"), ["o'neill+x^y$z@x.com"]);
});

test('no address holds a blank or a question mark, which patterns would read as any character', () => {
  assert.throws(() => people.parse('a?a@x.com'), /needs addresses/);
  assert.throws(() => people.parse('ada @x.com'), /needs addresses/);
});

test('a grant gives the role behind its last equals sign', () => {
  assert.deepEqual(grants.parse('ada@example.org=admin, group:acme/ops = operator'), [
    { who: 'ada@example.org', role: 'admin' },
    { who: 'group:acme/ops', role: 'operator' },
  ]);
  assert.deepEqual(grants.parse(['group:cn=ops,dc=example=viewer']), [
    { who: 'group:cn=ops,dc=example', role: 'viewer' },
  ]);
  for (const wrong of ['ada', '=admin', 'ada=']) assert.throws(() => grants.parse(wrong), /needs WHO=ROLE/);
});

test("a provider is known by its name and by the path of Flower's class", () => {
  assert.equal(providerKind.parse('GitHub'), 'github');
  assert.equal(providerKind.parse('flower.views.auth.GoogleAuth2LoginHandler'), 'google');
  assert.equal(providerKind.parse('flower.views.auth.GithubLoginHandler'), 'github');
  assert.equal(providerKind.parse('flower.views.auth.GitLabLoginHandler'), 'gitlab');
  assert.equal(providerKind.parse('flower.views.auth.OktaLoginHandler'), 'okta');
  assert.throws(() => providerKind.parse('my.own.Handler'), /not supported/);
  assert.throws(() => providerKind.parse('constructor'), /needs one of google/);
});
