import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cutNote } from './cut-note.ts';
import { stringifyKombuJson } from './kombu-json.ts';
import { parsePythonRepr } from './parse-python-repr.ts';

type Writer = 'saferepr' | 'repr';

/** The value as JSON text, or why there is none. */
function read(text: string, writer?: Writer): string {
  const parsed = parsePythonRepr(text, writer);
  return parsed.ok ? stringifyKombuJson(parsed.value) : parsed.reason;
}

function reads(cases: Record<string, string>, writer?: Writer): void {
  for (const [text, json] of Object.entries(cases)) assert.equal(read(text, writer), json, text);
}

test('containers and words are read', () => {
  reads({
    '()': '[]',
    '(1,)': '[1]',
    '(2, 3)': '[2,3]',
    '[]': '[]',
    '[1, [2, {}]]': '[1,[2,{}]]',
    '{}': '{}',
    "{'unit': 'kg', 'n': (1, 2)}": '{"unit":"kg","n":[1,2]}',
    '(None, True, False)': '[null,true,false]',
    "'text'": '"text"',
    None: 'null',
  });
});

test('sets become lists', () => {
  reads({
    '{1, 2}': '[1,2]',
    "{'a'}": '["a"]',
    'set()': '[]',
    'frozenset()': '[]',
    "frozenset({'a', 'b'})": '["a","b"]',
  });
});

test('numbers are exact, and nan and inf are text', () => {
  const hundredDigits = '1'.repeat(100);
  reads({
    '9007199254740993': '9007199254740993',
    [hundredDigits]: hundredDigits,
    '1.0': '1.0',
    '-0.0': '-0.0',
    '1e+20': '1e+20',
    '1e-07': '1e-07',
    '-1.5': '-1.5',
    '(nan, inf, -inf)': '["NaN","Infinity","-Infinity"]',
  });
});

test('dict keys become what json.dumps makes of them', () => {
  reads({ "{1: 'a', None: 1, True: 2, 1.5: 3, 2.0: 4}": '{"1":"a","null":1,"true":2,"1.5":3,"2.0":4}' });
  reads({ "{(1, 2): 'a'}": 'unreadable', "{1: 'a', '1': 'b'}": 'unreadable' });
});

test('__proto__ is an ordinary key', () => {
  const parsed = parsePythonRepr("{'__proto__': {'polluted': 1}}");
  assert.ok(parsed.ok);
  assert.deepEqual(Object.keys(parsed.value as object), ['__proto__']);
  assert.equal('polluted' in (parsed.value as object), false);
});

// Text on the left as saferepr of Celery 5.2.7 and 5.7.0 wrote it.
test('Celery copies backslashes and line ends, so they are read as they are', () => {
  reads({
    [String.raw`'a\b'`]: String.raw`"a\\b"`,
    [String.raw`('C:\temp\new', '\d+')`]: String.raw`["C:\\temp\\new","\\d+"]`,
    [String.raw`'a\nb'`]: String.raw`"a\\nb"`,
    "'a\nb\t\u001b'": String.raw`"a\nb\t\u001b"`,
    "('é😀\u200b', '\ud800')": '["é😀\u200b","\\ud800"]',
  });
});

test('a quote that Celery escaped is told from a backslash at the end of a string', () => {
  reads({
    [String.raw`'it\'s'`]: `"it's"`,
    [String.raw`('it\'s "q"',)`]: String.raw`["it's \"q\""]`,
    [String.raw`'a\'`]: String.raw`"a\\"`,
    [String.raw`('C:\', 'D:\')`]: String.raw`["C:\\","D:\\"]`,
    [String.raw`{'C:\': 'D:\'}`]: String.raw`{"C:\\":"D:\\"}`,
    [String.raw`'\\''`]: String.raw`"\\'"`,
    [String.raw`('x\\'y',)`]: String.raw`["x\\'y"]`,
    [String.raw`("{\'a\': \'b\', \'c\': [\'d\']}",)`.replaceAll('"', "'")]: `["{'a': 'b', 'c': ['d']}"]`,
    [String.raw`['\', \'', 1]`]: `["', '",1]`,
  });
});

test('text that only repr() can have written is read by its rules', () => {
  reads({
    [`"it's"`]: `"it's"`,
    [String.raw`["it's", 'a\\b', 'c\n\x1b\xe9\u200b\U0001f600'.]`.replace('.', '')]:
      String.raw`["it's","a\\b","c\n\u001bé` + '\u200b😀"]',
    [String.raw`(b"it's",)`]: `["it's"]`,
  });
});

test('with the writer known to be repr(), escapes are escapes', () => {
  reads(
    {
      [String.raw`'a\\b\n\'"'`]: String.raw`"a\\b\n'\""`,
      [String.raw`b'\xff\x00'`]: '"/wA="',
      [String.raw`b'h\xc3\xa9'`]: '"hé"',
      [String.raw`'\ud800'`]: String.raw`"\ud800"`,
      [String.raw`'\U0010ffff'`]: '"\u{10ffff}"',
    },
    'repr',
  );
});

test('text that repr() would have written otherwise is not taken for its', () => {
  reads(
    {
      '"plain"': 'unreadable',
      [String.raw`'it\'s'`]: 'unreadable',
      [String.raw`'\q'`]: 'unreadable',
      [String.raw`'\xE9'`]: 'unreadable',
      [String.raw`'\U00110000'`]: 'unreadable',
      "'a\nb'": 'unreadable',
      "b'é'": 'unreadable',
    },
    'repr',
  );
});

test('bytes are read as text, unless they may be hex', () => {
  reads({
    "(b'hi', 'x')": '["hi","x"]',
    "b'it's'": `"it's"`,
    [String.raw`b'a\b'`]: String.raw`"a\\b"`,
    "b'ff00'": 'unreadable',
    "b'beef'": 'unreadable',
    "b'6869'": '"6869"',
    "b'abc'": '"abc"',
    "(b'it's, it's', 1)": `["it's, it's",1]`,
    "b''": '""',
  });
});

// Cut by Celery 5.7.0 and 5.2.7, the runs of x shortened.
test('what Celery has cut is truncated', () => {
  for (const text of [
    "('xxxxxxxx...',)",
    "('xxxxxxxx...', ...)",
    "('xxxxxxxx', , ...)",
    "(['y', 'xxxxxxxx'], {, ...}])",
    "(['y', 'xxxxxxxx'], , ...}])",
    '([0, 1, 22..., ...])',
    '(3171772616801392301093718601228..., ...)',
    "({'a': 'xxxxxxxx...', ...})",
    "({'xxxxxxxx...', ...})",
    "({'a': , ...})",
    "'xxxxxxxx...'",
    "'aaa...'",
    "(['xxxxxxxx...', ...",
    "(b'xxxxxxxx...', ...)",
    '(1.5..., ...)',
    '(1..., ...)',
    '(1e..., ...)',
    '(Tru..., ...)',
    '[1, [2, [3, [...]]]]',
    "{'a': {'b': {'c': {...}}}}",
    '[[[(...)]]]',
    '((((...,),),),)',
    "(<Foo object at 0x7f1>, 'xxx...', ...)",
  ]) {
    assert.equal(read(text), 'truncated', text);
  }
});

test('what Umbel has cut is truncated, whatever it was cut from', () => {
  for (const beginning of ["('xxxx", '[1, 2, 3', "{'a': <Foo object at 0x7f1>", '12', '']) {
    const text = `${beginning}${cutNote(70_000)}`;
    assert.equal(read(text), 'truncated', text);
  }
  assert.notEqual(read("'... [cut, 70000 bytes]'"), 'truncated');
});

test('dots inside a string or before its end mean nothing', () => {
  reads({ "('...a', 'b, ...c', '…')": '["...a","b, ...c","…"]' });
});

test('objects without a literal are unreadable', () => {
  for (const text of [
    "Decimal('1.5')",
    '(datetime.datetime(2020, 1, 1, 0, 0),)',
    "(UUID('00000000-0000-0000-0000-000000000005'),)",
    '(<Foo object at 0x7f1>,)',
    "ValueError('bad')",
    "<class 'object'>",
    'range(0, 3)',
    "bytearray(b'x')",
    "OrderedDict([('a', 1)])",
    'deque([1])',
    '1j',
    '(1+2j)',
    'Ellipsis',
    'Color.RED',
    '1/2',
    '<Recursion on list with id=140>',
  ]) {
    assert.equal(read(text), 'unreadable', text);
    assert.equal(read(text, 'repr'), 'unreadable', text);
  }
});

test('what Python never writes is unreadable', () => {
  for (const text of [
    '',
    'hidden',
    '<hidden>',
    '(1)',
    '(1, 2,)',
    '[1,2]',
    '[1, 2] ',
    ' 1',
    '1_000',
    '01',
    '1.',
    '.5',
    '1e5',
    '0x10',
    '--1',
    "{'a':1}",
    "{'a': 1, 2}",
    "{1, 'a': 2}",
    "'a' 'b'",
    "u'a'",
    'true',
    'null',
    'set({1})',
    'frozenset([1])',
    "frozenset({'a': 1})",
    '(]',
    '[1)',
    '1 + 1',
    '__import__("os")',
  ]) {
    assert.equal(read(text), 'unreadable', text);
  }
});

test('nesting and length are bounded', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  assert.equal(parsePythonRepr(nested(100)).ok, true);
  for (const text of [nested(101), nested(100_000), '['.repeat(100_000), `'${'x'.repeat(300_000)}'`]) {
    assert.equal(parsePythonRepr(text).ok, false);
  }
});

test('whatever the text, there is an answer and never an exception', () => {
  const part = fc.constantFrom(
    ...`' " \\ \\' ( ) [ ] { } , : b ... 1 - . e None True set() frozenset({ é`.split(' '),
    ', ',
    ': ',
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: part, maxLength: 30 })), (text) => {
      for (const writer of ['saferepr', 'repr'] as const) {
        const parsed = parsePythonRepr(text, writer);
        if (parsed.ok) stringifyKombuJson(parsed.value);
      }
    }),
    { numRuns: 5_000 },
  );
});
