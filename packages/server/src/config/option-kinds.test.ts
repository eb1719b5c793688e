import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grants, people, users } from './access-kinds.ts';
import { OptionValueError, textList } from './option-kinds.ts';

const LISTS = [textList('A[,…]'), users, people, grants];
const ITEMS = ['a', 'a:b', 'a@example.org', 'a=viewer'];

test('a list is texts between commas, or a list; empty, it says nothing', () => {
  const list = textList('A[,…]');
  assert.deepEqual(list.parse(' a,, b '), ['a', 'b']);
  assert.deepEqual(list.parse(['a,b', ' c ']), ['a,b', 'c']);
  assert.deepEqual(list.parse(4711), ['4711']);
  for (const kind of LISTS) {
    assert.deepEqual(kind.parse([]), []);
    assert.deepEqual(kind.parse(''), []);
  }
});

test('nothing in a list is dropped in silence: a group or a key that is gone would open what it was to close', () => {
  for (const [index, kind] of LISTS.entries()) {
    for (const odd of [4711, null, {}, ['a'], '', ' ', true]) {
      assert.throws(
        () => kind.parse([ITEMS[index], odd]),
        OptionValueError,
        `${index} ${JSON.stringify(odd)}`,
      );
    }
    for (const odd of [' ', ',', ' , ', null, undefined, {}, true]) {
      assert.throws(() => kind.parse(odd), OptionValueError, `${index} ${JSON.stringify(odd)}`);
    }
  }
});
