import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortHash } from './short-hash.ts';

test('a hash is 16 hex digits and the same for the same text', () => {
  assert.equal(shortHash('a'), shortHash('a'));
  for (const text of ['', 'a', 'é'.repeat(1_000), '\u0000']) assert.match(shortHash(text), /^[0-9a-f]{16}$/);
});

test('texts that differ a little have different hashes, in either half', () => {
  const whole = new Set<string>();
  const halves = [new Set<string>(), new Set<string>()] as const;
  for (let index = 0; index < 20_000; index++) {
    const hash = shortHash(`task shop.charge${index} frame a/b${index % 7}.py:f`);
    whole.add(hash);
    halves[0].add(hash.slice(0, 8));
    halves[1].add(hash.slice(8));
  }
  assert.equal(whole.size, 20_000);
  // Chance makes some 0.05 of 32 bits meet.
  for (const half of halves) assert.ok(half.size > 19_990, String(half.size));
});
