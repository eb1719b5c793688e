import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { anEntry } from '../../test/store/sample-access.ts';
import { GENESIS, lineOf, sealAfter } from './audit-chain.ts';

test('the chain begins at one fixed place', () => {
  assert.deepEqual(GENESIS, { seq: 0, hash: hash('sha256', 'Umbel audit trail 1') });
});

/** Changing how lines are sealed would make every trail in the world look tampered with. */
test('the seal of a line is what it has always been', () => {
  assert.deepEqual(sealAfter(GENESIS, lineOf(anEntry())), {
    seq: 1,
    hash: 'f3eb44152dc9b1d21275dd355144518222a23138ed00028008bbc1bc3702bb17',
  });
});

test('a seal depends on the number, the seal before, and everything in the line', () => {
  const line = lineOf(anEntry());
  const seals = new Set([
    sealAfter(GENESIS, line).hash,
    sealAfter({ ...GENESIS, seq: 1 }, line).hash,
    sealAfter({ ...GENESIS, hash: GENESIS.hash.replace('d', 'e') }, line).hash,
  ]);
  for (const [field, value] of Object.entries(line)) {
    const other = typeof value === 'number' ? value + 1 : `${String(value)}x`;
    seals.add(sealAfter(GENESIS, { ...line, [field]: other }).hash);
  }
  assert.equal(seals.size, 3 + Object.keys(line).length);
});

test('what stands in one field never looks like what stands in two', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('', ',', '","', 'null', '\\', '\0'));
  fc.assert(
    fc.property(text, text, text, text, (who, detail, otherWho, otherDetail) => {
      fc.pre(who !== otherWho || detail !== otherDetail);
      const sealOf = (one: string, two: string) =>
        sealAfter(GENESIS, lineOf(anEntry({ who: one, detail: two }))).hash;
      assert.notEqual(sealOf(who, detail), sealOf(otherWho, otherDetail));
    }),
  );
});
