import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRepeats } from './find-repeats.ts';

const called = (args: string | null, kwargs: string | null = '{}') => ({ args, kwargs });
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

test('what failures have in common and others have not is told, the most telling first', () => {
  const failures = times(100, (index) =>
    called(
      `(${index}, '${index < 98 ? 'EUR' : 'USD'}')`,
      `{'order': {'country': 'DE', 'id': ${index}}, 'retry': True}`,
    ),
  );
  const others = times(50, (index) =>
    called(
      `(${index}, '${index < 5 ? 'EUR' : 'USD'}')`,
      `{'order': {'country': '${index < 20 ? 'DE' : 'FR'}'}, 'retry': True}`,
    ),
  );
  assert.deepEqual(findRepeats(failures, others), [
    { path: 'args[1]', value: 'EUR', share: 0.98, normal: 0.1 },
    { path: 'kwargs.order.country', value: 'DE', share: 1, normal: 0.4 },
  ]);
});

test('without others to compare with, what most failures have is told', () => {
  const failures = times(6, (index) => called(`(${index},)`, "{'a key': None}"));
  assert.deepEqual(findRepeats(failures, []), [
    { path: 'kwargs."a key"', value: 'None', share: 1, normal: null },
  ]);
});

test('a few failures say nothing, and neither do arguments that cannot be read', () => {
  assert.deepEqual(
    findRepeats(
      times(4, () => called("('a',)")),
      [],
    ),
    [],
  );
  const cut = times(9, () => called("('a', ...)", "{'b..."));
  assert.deepEqual(findRepeats(cut, []), []);
  const [repeat] = findRepeats([...cut, ...times(5, () => called("('a',)"))], cut);
  assert.deepEqual(repeat, { path: 'args[0]', value: 'a', share: 1, normal: null });
});

test('a number is not the text that looks like it', () => {
  const others = times(10, () => called("('4711',)"));
  const [repeat] = findRepeats(
    times(10, () => called('(4711,)')),
    others,
  );
  assert.deepEqual(repeat, { path: 'args[0]', value: '4711', share: 1, normal: 0 });
});

test('large and deep arguments are looked at in part', () => {
  const wide = called(`(${times(5_000, (index) => String(index)).join(', ')})`);
  const deep = called(`(${'['.repeat(50)}1${']'.repeat(50)},)`, `{'k': '${'x'.repeat(5_000)}'}`);
  assert.equal(
    findRepeats(
      times(20, () => wide),
      [],
    ).length,
    10,
  );
  assert.deepEqual(
    findRepeats(
      times(20, () => deep),
      [],
    ).map(({ path, value }) => [path, value.length]),
    [['kwargs.k', 100]],
  );
});
