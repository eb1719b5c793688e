import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  array,
  assert as check,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  property,
  string,
  tuple,
} from 'fast-check';
import { foldText } from '../../../query/fold-case.ts';
import { buildGrams, LONGEST_TEXT, MOST_CHARS } from './build-grams.ts';
import { BLOCK_ROWS, GRAM_PARTS, MOST_ROWS } from './gram-blob.ts';
import type { GramIndex } from './gram-index.ts';
import { gramText } from './gram-text.ts';
import { readGrams } from './read-grams.ts';

/** The values of one task. */
type Values = readonly (string | null)[];

describe('the grams of a chunk', () => {
  test('never miss a task that contains the text', () => {
    const value = oneof(
      string({ unit: 'binary', maxLength: 30 }),
      string({
        unit: constantFrom('a', 'B', 'ß', 'ſ', 'σ', 'ς', 'İ', "'", '\\', '\u001f', '\0', '€', '𝒳', '4'),
      }),
    );
    const task = array(option(value), { minLength: 1, maxLength: 5 });
    check(
      property(
        array(task, { minLength: 1, maxLength: 3 * BLOCK_ROWS }),
        nat(),
        nat(),
        integer({ min: 0, max: 12 }),
        (tasks, which, from, length) => {
          const index = indexOf(tasks);
          const values = (tasks[which % tasks.length] ?? []).filter((text) => text !== null);
          const text = values[which % (values.length || 1)] ?? '';
          const begin = from % (text.length || 1);
          const word = foldText(text.slice(begin, begin + length));
          const may = index.mayContain(word);
          assert.equal(may === null, longestPiece(word) < 3);
          tasks.forEach((each, row) => {
            if (contains(each, word)) assert.notEqual(may?.[row], 0);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('find a word of three characters at the end of a value too', () => {
    const index = indexOf([['vxyz', 'other'], ...filler(2 * BLOCK_ROWS), ['xyzw']]);
    const [first, second] = [0, 2].map((block) =>
      Array.from({ length: block === 0 ? BLOCK_ROWS : 2 }, (_, row) => block * BLOCK_ROWS + row),
    );
    assert.deepEqual(rowsWith(index, 'xyz'), [...(first ?? []), ...(second ?? [])]);
    assert.equal(index.mayContain('XY'), null);
  });

  test('rule nearly everything out for a word that is nowhere, and for an id that is in one task', () => {
    const tasks = Array.from({ length: MOST_ROWS }, (_, row) => orderTask(row));
    const index = indexOf(tasks);
    assert.deepEqual(rowsWith(index, 'nowhere'), []);
    assert.deepEqual(rowsWith(index, 'gateway timeout'), []);
    const wanted = 1_234;
    const found = rowsWith(index, String(orderTask(wanted)[0]).slice(0, 8));
    assert.ok(found.includes(wanted));
    assert.ok(found.length <= 2 * BLOCK_ROWS, `${found.length} rows`);
  });

  test('let fewer than one block in a hundred pass by mistake', () => {
    const tasks = Array.from({ length: MOST_ROWS }, (_, row) => orderTask(row));
    const index = indexOf(tasks);
    let passed = 0;
    // Ids of tasks that are not there: the worst words, because each of their grams is somewhere.
    const words = Array.from({ length: 200 }, (_, n) => String(orderTask(MOST_ROWS + n)[0]).slice(0, 8));
    for (const word of words) passed += rowsWith(index, word).length / BLOCK_ROWS;
    assert.ok(passed / words.length / (MOST_ROWS / BLOCK_ROWS) < 0.01, `${passed} blocks`);
  });

  test('look at tasks with very long texts for every word', () => {
    const long = 'y'.repeat(LONGEST_TEXT + 1);
    const tasks: Values[] = [...filler(BLOCK_ROWS), [long], ['short']];
    assert.deepEqual(rowsWith(indexOf(tasks), 'nowhere'), [BLOCK_ROWS]);
    const many = Array.from({ length: 600 }, () => ['z'.repeat(LONGEST_TEXT)]);
    const found = rowsWith(indexOf(many), 'nowhere');
    assert.deepEqual(
      [found.length, found[0]],
      [600 - Math.floor(MOST_CHARS / LONGEST_TEXT), Math.floor(MOST_CHARS / LONGEST_TEXT)],
    );
  });

  test('tell nothing where a part is missing, cut or of another version', () => {
    const parts = buildGrams(['ABCDEFGH', 'HELLO WORLD'].map((text) => gramText([text])));
    assert.equal(readGrams(() => null).mayContain('HELLO'), null);
    assert.equal(readGrams((part) => (parts[part] as Uint8Array).subarray(0, 3)).mayContain('HELLO'), null);
    assert.equal(readGrams((part) => (parts[part] as Uint8Array).subarray(0, 100)).mayContain('HELLO'), null);
    const newer = parts.map((part) => Uint8Array.from(part, (byte, at) => (at === 0 ? byte + 1 : byte)));
    assert.equal(readGrams((part) => newer[part] as Uint8Array).mayContain('HELLO'), null);
  });

  test('never fail on bytes that are damaged anywhere', () => {
    const parts = buildGrams(Array.from({ length: 100 }, (_, row) => gramText(orderTask(row))));
    check(
      property(array(tuple(nat(), nat(255)), { minLength: 1, maxLength: 50 }), nat(), (wrong, end) => {
        const damaged = parts.map((part) =>
          part.slice(0, end % 3 === 0 ? end % (part.length + 1) : part.length),
        );
        for (const [at, byte] of wrong)
          for (const part of damaged) if (part.length > 0) part[at % part.length] = byte;
        for (const word of ['CURRENCY', '4000', 'EUR', 'XYZ']) {
          const may = readGrams((part) => damaged[part] as Uint8Array).mayContain(word);
          assert.ok(may === null || may.length <= MOST_ROWS);
        }
      }),
    );
  });

  test('are the same whatever was built before', () => {
    const texts = ['ONE', 'TWO THREE'];
    const before = buildGrams(texts);
    buildGrams(Array.from({ length: 500 }, (_, row) => gramText(orderTask(row))));
    assert.deepEqual(buildGrams(texts), before);
    assert.equal(before.length, GRAM_PARTS);
    assert.deepEqual(indexOf([]).mayContain('WORD'), new Uint8Array(0));
    assert.throws(() => buildGrams(Array.from({ length: MOST_ROWS + 1 }, () => '')), /at most 4096 rows/);
  });

  test('do not reach from one value of a task into the next', () => {
    assert.deepEqual(rowsWith(indexOf([['abc', 'def']]), 'abcdef'), []);
    assert.deepEqual(rowsWith(indexOf([['abc', 'def']]), 'cdef'), []);
  });

  test('need few parts for a word', () => {
    const parts = buildGrams([gramText(['a'.repeat(500)]), gramText(orderTask(1))]);
    const read: number[] = [];
    const index = readGrams((part) => {
      read.push(part);
      return parts[part] as Uint8Array;
    });
    index.mayContain(gramText(orderTask(1)).slice(0, 300));
    assert.ok(read.length <= 6, `${read.length} parts`);
    assert.equal(new Set(read).size, read.length);
  });
});

function indexOf(tasks: readonly Values[]): GramIndex {
  const parts = buildGrams(tasks.map(gramText));
  return readGrams((part) => parts[part] ?? null);
}

function rowsWith(index: GramIndex, word: string): number[] {
  const may = index.mayContain(foldText(word));
  assert.notEqual(may, null);
  return [...(may ?? [])].flatMap((byte, row) => (byte === 0 ? [] : [row]));
}

/** Between units that could be a separator. */
function longestPiece(word: string): number {
  let [longest, run] = [0, 0];
  for (let at = 0; at < word.length; at++) {
    run = (word.charCodeAt(at) & 255) === 0x1f ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

function contains(values: Values, word: string): boolean {
  return values.some((value) => value !== null && foldText(value).includes(word));
}

function filler(count: number): Values[] {
  return Array.from({ length: count }, (_, row) => [`filler ${row}`]);
}

function orderTask(row: number): Values {
  const hex = (at: number): string =>
    (Math.imul(row * 4 + at + 1, 0x9e37_79b1) ^ Math.imul(row + at, 0x85eb_ca6b))
      .toString(16)
      .replace('-', 'a')
      .padStart(8, '0');
  return [
    `${hex(0)}-${hex(1).slice(0, 4)}-4${hex(1).slice(5)}-a${hex(2).slice(1, 4)}-${hex(2).slice(4)}${hex(3)}`,
    `(${4_000_000 + row}, 'customer-${row % 977}')`,
    row % 2 === 0 ? '{}' : `{'currency': 'EUR', 'attempt': ${row % 10}}`,
    `{'charged': ${4_000_000 + row}}`,
  ];
}
