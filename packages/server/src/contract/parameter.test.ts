import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { jsonArray, jsonObject } from './json-parameter.ts';
import { InvalidRequest, type Parameter, readParameters, refuseUnknownMembers } from './parameter.ts';
import {
  brokerName,
  choice,
  flag,
  instant,
  list,
  patternText,
  required,
  seconds,
  text,
  wholeNumber,
  withDefault,
} from './parameter-kinds.ts';
import { SORT_NAMES, sortOrder } from './sort-order.ts';
import { SORT_FIELDS } from '../store/store.ts';

const ABSENT: ReadonlyMap<string, unknown> = new Map();
const read = <T>(parameter: Parameter<T>, given: unknown): T => parameter.read(given, 'x');

function refuses(parameter: Parameter<unknown>, given: unknown): void {
  assert.throws(
    () => parameter.read(given, 'x'),
    (error: unknown) => error instanceof InvalidRequest && error.message.startsWith('x '),
    JSON.stringify(given),
  );
}

suite('kinds of parameters', () => {
  test('a whole number is text or a JSON number within its bounds', () => {
    const n = wholeNumber('', { min: 1, max: 1_000 });
    for (const [given, value] of [
      ['2', 2],
      [' 2 ', 2],
      ['+2', 2],
      [2, 2],
      [JSON.rawJSON('2.0'), 2],
      ['1000', 1000],
    ] as const) {
      assert.equal(read(n, given), value);
    }
    for (const wrong of [
      '',
      ' ',
      '0',
      '1001',
      '1.5',
      'abc',
      '1_0',
      '٢',
      '0x2',
      '1e2',
      1.5,
      true,
      [],
      {},
      [2],
    ]) {
      refuses(n, wrong);
    }
    for (const wrong of [JSON.rawJSON('9007199254740993'), JSON.rawJSON('1e400'), '9'.repeat(400)]) {
      refuses(n, wrong);
    }
    assert.equal(read(n, undefined), undefined);
    assert.equal(read(n, null), undefined);
  });

  test('seconds may have fractions but are finite', () => {
    const s = seconds('', { max: 60 });
    assert.equal(read(s, '0.5'), 0.5);
    assert.equal(read(s, '.5'), 0.5);
    assert.equal(read(s, '1e1'), 10);
    assert.equal(read(s, 0), 0);
    for (const wrong of ['nan', 'inf', '-inf', 'NaN', 'Infinity', '-1', '61', '', '1e999', true, 'x', []]) {
      refuses(s, wrong);
    }
  });

  test('a truth value has many words', () => {
    const f = flag('');
    for (const yes of ['1', 'true', 'TRUE', 't', 'y', 'Yes', 'on', true, 1]) assert.equal(read(f, yes), true);
    for (const no of ['0', 'false', 'F', 'n', 'no', 'OFF', false, 0]) assert.equal(read(f, no), false);
    for (const wrong of ['', '2', 'maybe', 2, [], {}]) refuses(f, wrong);
  });

  test('blank text is no text, and numbers are text too', () => {
    assert.equal(read(text(''), '  '), undefined);
    assert.equal(read(text(''), ' a b '), 'a b');
    assert.equal(read(text(''), 4711), '4711');
    assert.equal(read(text(''), JSON.rawJSON('9007199254740993')), '9007199254740993');
    for (const wrong of [true, [], {}, '\ud800', 'x'.repeat(1_025)]) refuses(text(''), wrong);
  });

  test('a name for the broker is short and has no control characters', () => {
    assert.equal(read(brokerName(''), ' high priority '), 'high priority');
    assert.equal(read(brokerName(''), 'é'.repeat(127)), 'é'.repeat(127));
    for (const wrong of ['é'.repeat(128), 'a\0b', 'a\nb', 5, {}, '\udfff']) refuses(brokerName(''), wrong);
  });

  test('lists come with commas or as an array', () => {
    assert.deepEqual(read(list(''), 'A, B,,C'), ['A', 'B', 'C']);
    assert.deepEqual(read(list(''), ['A', 'B']), ['A', 'B']);
    for (const wrong of [1, {}, [1], Array.from({ length: 101 }, () => 'A')]) refuses(list(''), wrong);
  });

  test('choices, patterns and instants say what they want', () => {
    assert.equal(read(choice('', ['a', 'b']), 'b'), 'b');
    refuses(choice('', ['a', 'b']), 'c');
    assert.equal(read(patternText('', /^\d+$/, 'digits'), 10), '10');
    refuses(patternText('', /^\d+$/, 'digits'), 'ten');
    assert.equal(read(instant(''), JSON.rawJSON('1700000000.5000')), 1_700_000_000.5);
    refuses(instant(''), 'soon');
  });

  test('a required parameter is missing when it is absent, null or blank', () => {
    const queue = required(brokerName(''));
    for (const absent of [undefined, null, '', '  ']) {
      assert.throws(() => queue.read(absent, 'queue'), /^InvalidRequest: queue is missing\.$/);
    }
    assert.equal(read(withDefault(flag(''), false), undefined), false);
  });

  test('JSON is a value in a body and text elsewhere', () => {
    assert.deepEqual(read(jsonArray(''), '[1, "a"]'), [1, 'a']);
    assert.deepEqual(read(jsonArray(''), [1]), [1]);
    assert.deepEqual(read(jsonArray(''), undefined), []);
    assert.deepEqual(read(jsonObject(''), '{"a": 1}'), { a: 1 });
    for (const wrong of ['ab', '{}', {}, 1, true]) refuses(jsonArray(''), wrong);
    for (const wrong of ['[]', [], 1, true, JSON.rawJSON('1')]) refuses(jsonObject(''), wrong);
  });

  test('no kind is upset by any JSON value', () => {
    const kinds = [
      text(''),
      brokerName(''),
      flag(''),
      list(''),
      instant(''),
      seconds('', { max: 1 }),
      wholeNumber('', { min: 0, max: 1 }),
      sortOrder(''),
      jsonArray(''),
      jsonObject(''),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.jsonValue({ noUnicodeString: false }), (parameter, given) => {
        try {
          parameter.read(given, 'x');
        } catch (error) {
          assert.ok(error instanceof InvalidRequest, String(error));
        }
      }),
    );
  });
});

test('a member of the body wins over the query', () => {
  const table = { n: wholeNumber('', { min: 0, max: 9 }) };
  assert.deepEqual(readParameters(table, { query: new Map([['n', '1']]), body: new Map([['n', 2]]) }), {
    n: 2,
  });
  assert.deepEqual(readParameters(table, { query: new Map([['n', '1']]), body: ABSENT }), { n: 1 });
});

test('an unknown member is named, with the nearest right one', () => {
  const table = { countdown: text(''), queue: text('') };
  assert.throws(
    () => refuseUnknownMembers(table, new Map([['countdwn', 1]])),
    /"countdwn"; did you mean countdown\?/,
  );
  assert.throws(
    () => refuseUnknownMembers(table, new Map([['link_error', 1]])),
    /known members are countdown, queue/,
  );
  assert.throws(
    () => refuseUnknownMembers({ eta: text('') }, new Map([['foo', 1]])),
    /known members are eta/,
  );
  assert.throws(() => refuseUnknownMembers(table, new Map([['__proto__', 1]])), InvalidRequest);
});

test('lists can be sorted by exactly the fields that the store knows', () => {
  assert.deepEqual([...SORT_NAMES], [...SORT_FIELDS]);
  assert.deepEqual(read(sortOrder(''), undefined), { field: 'received', descending: true });
  assert.deepEqual(read(sortOrder(''), '-runtime'), { field: 'runtime', descending: true });
  assert.deepEqual(read(sortOrder(''), '-parent'), { field: 'parent_id', descending: true });
  assert.deepEqual(read(sortOrder(''), 'name'), { field: 'name', descending: false });
  for (const wrong of ['', '-', '--name', 'colour', 'constructor', 5, [], {}]) refuses(sortOrder(''), wrong);
  assert.throws(() => sortOrder('').read('recieved', 'sort_by'), /Nearest: received/);
});
