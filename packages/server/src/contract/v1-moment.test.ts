import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidRequest } from './parameter.ts';
import { moment, parseMoment, resolveMoment, toTimeText } from './v1-moment.ts';

const NOW = Date.UTC(2026, 10, 25, 12);

test('dates and spans from now are read', () => {
  for (const [given, wanted] of [
    ['2026-11-25T11:00:00Z', NOW - 3_600_000],
    ['2026-11-25T12:00:00.250+01:00', NOW - 3_599_750],
    ['-1h', NOW - 3_600_000],
    ['-90s', NOW - 90_000],
    ['90d', NOW + 90 * 86_400_000],
    ['+1w', NOW + 7 * 86_400_000],
    ['1y', NOW + 365 * 86_400_000],
    ['1764072000', 1_764_072_000_000],
  ] as const) {
    const read = parseMoment(given);
    assert.ok(read, given);
    assert.equal(resolveMoment(read, NOW), wanted, given);
  }
});

test('what is neither is refused by name', () => {
  const from = moment('Not before.');
  for (const given of ['yesterday', '1 h', '--1h', '1h2m', '-1q', '2026-02-31', 'now', {}, true]) {
    assert.throws(
      () => from.read(given, 'from'),
      (error) => error instanceof InvalidRequest && error.message.startsWith('from must be'),
      JSON.stringify(given),
    );
  }
  assert.equal(from.read(undefined, 'from'), undefined);
  assert.equal(from.read('  ', 'from'), undefined);
});

test('no span leads out of the calendar', () => {
  assert.equal(resolveMoment({ fromNowMs: -999_999 * 31_536_000_000 }, NOW), 0);
  assert.equal(toTimeText(999_999 * 31_536_000_000), '9999-12-31T23:59:59.999Z');
  assert.equal(toTimeText(NOW), '2026-11-25T12:00:00.000Z');
});
