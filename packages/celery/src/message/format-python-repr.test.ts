import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPythonNumber } from './format-python-number.ts';
import { formatArgsRepr, formatPythonRepr } from './format-python-repr.ts';
import { parseKombuJson } from './kombu-json.ts';

// Every expectation is what Celery 5.7.0 wrote; python-repr.it.ts compares with a live one.
test('args are a tuple, inner lists are lists', () => {
  assert.equal(formatArgsRepr([]), '()');
  assert.equal(formatArgsRepr([1]), '(1,)');
  assert.equal(formatArgsRepr([1, [2, []]]), '(1, [2, []])');
  assert.equal(formatPythonRepr([1, [2, []]]), '[1, [2, []]]');
  assert.equal(formatPythonRepr({ a: [1], b: {} }), "{'a': [1], 'b': {}}");
});

test('words and strings are written as Celery writes them', () => {
  assert.equal(formatArgsRepr([null, true, false]), '(None, True, False)');
  assert.equal(formatArgsRepr(["it's", 'a\\b\n"é😀']), `('it\\'s', 'a\\b\n"é😀')`);
});

test('numbers are written as Python prints what it reads from the JSON', () => {
  for (const [json, text] of [
    ['9007199254740993', '9007199254740993'],
    ['-0', '0'],
    ['-0.0', '-0.0'],
    ['1.0', '1.0'],
    ['1e2', '100.0'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['1.5e-7', '1.5e-07'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1e400', 'inf'],
    ['-1e400', '-inf'],
    ['1e-400', '0.0'],
    ['5e-324', '5e-324'],
    ['1E+100', '1e+100'],
    ['123456.789', '123456.789'],
  ] as const) {
    assert.equal(formatPythonNumber(json), text, json);
    assert.equal(formatArgsRepr([parseKombuJson(json)]), `(${text},)`, json);
  }
  assert.equal(formatArgsRepr([-0, 10n ** 30n]), `(-0.0, 1${'0'.repeat(30)})`);
});

test('three levels are shown', () => {
  assert.equal(formatArgsRepr([1, [2, [3, [4]]]]), '(1, [2, [3, [...]]])');
  assert.equal(formatPythonRepr({ a: { b: { c: {} } } }), "{'a': {'b': {'c': {...}}}}");
});

test('text is cut where Celery cuts it', () => {
  const x = (count: number): string => 'x'.repeat(count);
  assert.equal(formatArgsRepr([x(2_000)]), `('${x(1_023)}...',)`);
  assert.equal(formatArgsRepr([x(2_000), 5]), `('${x(1_023)}...', ...)`);
  assert.equal(formatArgsRepr([x(1_019), 1]), `('${x(1_019)}', , ...)`);
  assert.equal(formatArgsRepr([`aaa ${x(2_000)}`, 5]), "('aaa...', 5)");
  assert.equal(formatArgsRepr([['y', x(1_012)], { a: 1 }]), `(['y', '${x(1_012)}'], , ...)`);
});

test('characters are counted as Python counts them', () => {
  assert.equal(formatArgsRepr(['😀'.repeat(1_022)]), `('${'😀'.repeat(1_022)}',)`);
  assert.equal(formatArgsRepr(['😀'.repeat(1_023)]), `('${'😀'.repeat(1_023)}...',)`);
});
