import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseInstant } from './instant.ts';

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0) / 1_000;

test('dates without a zone are UTC, and a zone is taken into account', () => {
  for (const text of [
    '2026-01-31T12:00:00',
    '2026-01-31 12:00',
    '2026-01-31 12:00:00',
    '2026-01-31 12:00:00.000000',
    '2026-1-31 12:00',
    '2026-01-31T12:00:00Z',
    '2026-01-31t12:00:00z',
    '2026-01-31T14:00:00+02:00',
    '2026-01-31T14:00:00+0200',
    '2026-01-31T14:00+02',
    '2026-01-31T06:30:00-05:30',
    '2026-01-31 12:00:00 +00:00',
    `${NOON}`,
    ` ${NOON}.0 `,
    NOON,
  ]) {
    assert.equal(parseInstant(text), NOON, String(text));
  }
  assert.equal(parseInstant('2026-01-31'), NOON - 43_200);
});

test('a plus that was not percent-encoded, and so became a space, is still a plus', () => {
  assert.equal(parseInstant('2026-01-31T14:00:00 02:00'), NOON);
});

test('fractions of a second are kept', () => {
  assert.equal(parseInstant('2026-01-31 12:00:00.123456'), NOON + 0.123456);
  assert.equal(parseInstant('2026-01-31T12:00:00,5Z'), NOON + 0.5);
  assert.equal(parseInstant(NOON + 0.25), NOON + 0.25);
});

test('what no calendar has is refused', () => {
  for (const text of [
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-31 24:00',
    '2026-01-31 12:60',
    '2026-01-31 12:00:60',
    '2026-01-31T12:00:00+24:00',
    '0099-01-01',
    '1969-12-31',
    '10000-01-01',
    'yesterday',
    '',
    '-1',
    '1e9',
    'NaN',
    '2026-01-31T',
    '2026-01-31T12',
    '2026-01-31T12:00:00X',
    '1'.repeat(13),
    null,
    undefined,
    true,
    [],
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
  ]) {
    assert.equal(parseInstant(text), undefined, String(text));
  }
  assert.equal(parseInstant('2028-02-29'), Date.UTC(2028, 1, 29) / 1_000);
});

test('every instant that JavaScript writes is read back', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      (date) => {
        assert.equal(parseInstant(date.toISOString()), date.getTime() / 1_000);
      },
    ),
  );
});

test('no text is too strange', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:.+ -]{0,40}$/)), (text) => {
      const read = parseInstant(text);
      assert.ok(read === undefined || (read >= 0 && Number.isFinite(read)));
    }),
  );
});
