import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesAny, matchesPattern } from './name-pattern.ts';

test('a pattern is held against the whole name, never a part of it', () => {
  assert.equal(matchesPattern('emails', 'emails'), true);
  assert.equal(matchesPattern('emails', 'emails.evil'), false);
  assert.equal(matchesPattern('*@shop.org', 'ada@shop.org'), true);
  assert.equal(matchesPattern('*@shop.org', 'ada@shop.org.evil.org'), false);
  assert.equal(matchesPattern('*@shop.org', 'ada@shopXorg'), false);
});

test('* stands for any run, ? for one character, and everything else for itself', () => {
  for (const name of ['ab', 'axb', 'axxb', 'a*b']) assert.equal(matchesPattern('a*b', name), true, name);
  assert.equal(matchesPattern('a?b', 'axb'), true);
  assert.equal(matchesPattern('a?b', 'ab'), false);
  assert.equal(matchesPattern('(a+)+$', '(a+)+$'), true);
  assert.equal(matchesPattern('', ''), true);
  assert.equal(matchesPattern('', 'x'), false);
  assert.equal(matchesPattern('**', 'x'), true);
  assert.equal(matchesPattern('a*b*c', 'a-b-b-c'), true);
  assert.equal(matchesPattern('a*b*c', 'a-b-b-'), false);
});

test('no pattern takes long', () => {
  const pattern = `${'*a'.repeat(200)}b`;
  assert.equal(matchesPattern(pattern, 'a'.repeat(20_000)), false);
});

test('of several patterns one is enough, and none matches nothing', () => {
  assert.equal(matchesAny(['x', 'sh*'], 'shop'), true);
  assert.equal(matchesAny([], 'shop'), false);
});
