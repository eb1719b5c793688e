import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './parse-query.ts';
import { QueryError } from './query-error.ts';
import { KEYS } from './query-keys.ts';
import type { TaskCondition } from './task-condition.ts';

/** 2026-08-22T12:00:00Z */
const NOW_S = Date.UTC(2026, 7, 22, 12) / 1_000;
const MIDNIGHT_S = NOW_S - 43_200;

function parse(text: string): TaskCondition | null {
  return parseQuery(text, { nowS: NOW_S });
}

function errorOf(text: string): QueryError {
  let thrown: unknown;
  try {
    parse(text);
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof QueryError, `${text}: ${String(thrown)}`);
  return thrown;
}

/** The part of the text that the error points at. */
function refuses(text: string, message: RegExp, part: string, from = text.indexOf(part)): void {
  const error = errorOf(text);
  assert.match(error.message, message, text);
  assert.deepEqual(error.position, { from, to: from + part.length }, text);
}

function word(text: string): TaskCondition {
  return { kind: 'word', text };
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(word) as [
  TaskCondition,
  TaskCondition,
  TaskCondition,
  TaskCondition,
];

test('an empty query is null', () => {
  assert.equal(parse(''), null);
  assert.equal(parse(' \t\n'), null);
});

test('a word and a quoted phrase are words, also short ones', () => {
  assert.deepEqual(parse('4711'), word('4711'));
  assert.deepEqual(parse(' x '), word('x'));
  assert.deepEqual(parse('"two words"'), word('two words'));
  assert.deepEqual(parse(String.raw`"say \"hi\" to C:\dir\\"`), word(String.raw`say "hi" to C:\dir` + '\\'));
  assert.deepEqual(parse('"AND"'), word('AND'));
  assert.deepEqual(parse('and'), word('and'));
});

test('a word may end in a star, which a word contained needs not', () => {
  assert.deepEqual(parse('shop.*'), word('shop.'));
  assert.deepEqual(parse('"shop.*"'), word('shop.*'));
  assert.deepEqual(parse('*'), word('*'));
});

test('a colon after what is not shaped like a key is part of a word', () => {
  for (const text of ['http://x', '12:30', 'Name:x', 'k8:x', 'shop.charge:12', '{"id":4711}', ':x'])
    assert.deepEqual(parse(text), word(text));
});

test('words side by side and AND bind stronger than OR, NOT and - strongest', () => {
  const ab = { kind: 'all', of: [a, b] } as const;
  assert.deepEqual(parse('a b'), ab);
  assert.deepEqual(parse('a AND b'), ab);
  assert.deepEqual(parse('a b OR c d'), { kind: 'any', of: [ab, { kind: 'all', of: [c, d] }] });
  assert.deepEqual(parse('a OR b OR c'), { kind: 'any', of: [a, b, c] });
  assert.deepEqual(parse('-a b'), { kind: 'all', of: [{ kind: 'not', of: a }, b] });
  assert.deepEqual(parse('NOT a OR b'), { kind: 'any', of: [{ kind: 'not', of: a }, b] });
});

test('a state may be written in small letters', () => {
  assert.deepEqual(parse('state:failure,Progress'), {
    kind: 'one-of',
    field: 'state',
    values: ['FAILURE', 'PROGRESS'],
  });
  assert.deepEqual(parse('group:Web'), { kind: 'one-of', field: 'group', values: ['Web'] });
});

test('parentheses group', () => {
  const either = { kind: 'any', of: [b, c] } as const;
  assert.deepEqual(parse('a (b OR c)'), { kind: 'all', of: [a, either] });
  assert.deepEqual(parse('-(b OR c)'), { kind: 'not', of: either });
  assert.deepEqual(parse('NOT(b OR c)'), { kind: 'not', of: either });
  assert.deepEqual(parse('((a))'), a);
  assert.deepEqual(parse('(a)b'), { kind: 'all', of: [a, b] });
  assert.deepEqual(parse('-(-a)'), { kind: 'not', of: { kind: 'not', of: a } });
});

test('text keys compare contained, exact after := and by the beginning before *', () => {
  for (const field of [
    'name',
    'worker',
    'queue',
    'exception',
    'traceback',
    'result',
    'args',
    'kwargs',
  ] as const) {
    const reads = (text: string, match: 'contains' | 'is' | 'starts', value: string): void =>
      assert.deepEqual(parse(`${field}:${text}`), { kind: 'text', field, match, text: value });
    reads('shop', 'contains', 'shop');
    reads("4711,'EUR'", 'contains', "4711,'EUR'");
    reads('shop.*', 'starts', 'shop.');
    reads('"shop "*', 'starts', 'shop ');
    reads('"shop.*"', 'contains', 'shop.*');
    reads('=shop.charge', 'is', 'shop.charge');
    reads('=shop.*', 'is', 'shop.*');
    reads('=""', 'is', '');
    reads('"=x"', 'contains', '=x');
    reads('http://x', 'contains', 'http://x');
  }
});

test('kwargs and args take a path', () => {
  const reads = (text: string, condition: object): void =>
    assert.deepEqual(parse(text), { kind: 'path', match: 'is', text: '4711', ...condition });
  reads('kwargs.order.id:4711', { of: 'kwargs', path: ['order', 'id'] });
  reads('kwargs.items[0].id:=4711', { of: 'kwargs', path: ['items', 0, 'id'] });
  reads('kwargs."a b".0:4711', { of: 'kwargs', path: ['a b', '0'] });
  reads('args[0]:4711', { of: 'args', path: [0] });
  reads('args[1].id:47*', { of: 'args', path: [1, 'id'], match: 'starts', text: '47' });
});

test("Flower's way of one keyword argument is a path", () => {
  const id = { kind: 'path', of: 'kwargs', path: ['id'], match: 'is' };
  assert.deepEqual(parse('kwargs:id=4711'), { ...id, text: '4711' });
  assert.deepEqual(parse('kwargs:id="a b"'), { ...id, text: 'a b' });
  assert.deepEqual(parse('kwargs:"id=4711"'), {
    kind: 'text',
    field: 'kwargs',
    match: 'contains',
    text: 'id=4711',
  });
});

test('list keys take one value or several', () => {
  for (const field of ['state', 'group', 'id', 'root', 'parent', 'fp'] as const) {
    assert.deepEqual(parse(`${field}:A`), { kind: 'one-of', field, values: ['A'] });
    assert.deepEqual(parse(`${field}:=A,"B, C",3`), { kind: 'one-of', field, values: ['A', 'B, C', '3'] });
  }
});

test('spans are seconds, retries a count', () => {
  const reads = (text: string, field: string, compare: string, value: number): void =>
    assert.deepEqual(parse(text), { kind: 'number', field, compare, value });
  reads('run:>5s', 'run', 'above', 5);
  reads('run:>=1.5', 'run', 'at-least', 1.5);
  reads('run:2ms', 'run', 'is', 0.002);
  reads('wait:>1m', 'wait', 'above', 60);
  reads('wait:<2h', 'wait', 'below', 7_200);
  reads('wait:<=1d', 'wait', 'at-most', 86_400);
  reads('run:=1w', 'run', 'is', 604_800);
  reads('retries:>0', 'retries', 'above', 0);
});

test('times are spans from now, days, instants and ranges', () => {
  for (const field of ['sent', 'received', 'started', 'finished', 'eta'] as const) {
    const reads = (text: string, from: number | null, to: number | null): void =>
      assert.deepEqual(parse(`${field}:${text}`), { kind: 'time', field, from, to });
    reads('>-1h', NOW_S - 3_600, null);
    reads('<+10m', null, NOW_S + 600);
    reads('2026-08-22', MIDNIGHT_S, MIDNIGHT_S + 86_400);
    reads('>2026-08-22', MIDNIGHT_S + 86_400, null);
    reads('>=2026-08-22', MIDNIGHT_S, null);
    reads('<2026-08-22', null, MIDNIGHT_S);
    reads('<=2026-08-22', null, MIDNIGHT_S + 86_400);
    reads('2026-08-22T12:00Z', NOW_S, NOW_S + 60);
    reads('2026-08-22T14:00:00+02:00', NOW_S, NOW_S + 1);
    reads('"2026-08-22 12:00:00.5"', NOW_S + 0.5, NOW_S + 0.501);
    reads(String(NOW_S), NOW_S, NOW_S + 1);
    reads('2026-08-21..2026-08-22', MIDNIGHT_S - 86_400, MIDNIGHT_S + 86_400);
    reads('-2h..-1h', NOW_S - 7_200, NOW_S - 3_600);
    reads('2026-08-22..', MIDNIGHT_S, null);
    reads('..2026-08-22', null, MIDNIGHT_S + 86_400);
    reads('>-999y', 0, null);
  }
});

test('is and has take their words', () => {
  for (const flag of 'running waiting scheduled lost retried recovered revoking cut rerun slow'.split(' '))
    assert.deepEqual(parse(`is:${flag}`), { kind: 'is', flag });
  for (const part of 'result traceback children parent eta'.split(' '))
    assert.deepEqual(parse(`-has:${part}`), { kind: 'not', of: { kind: 'has', part } });
});

test('an unknown key is refused with the nearest one', () => {
  refuses('a stat:FAILURE', /no key "stat"; the nearest is "state"/, 'stat');
  refuses('foo:bar', /no key "foo"; the nearest is/, 'foo');
  refuses('finished_at:x', /nearest is "finished"/, 'finished_at');
  refuses('name.x:1', /Only args and kwargs/, 'name.x');
});

test('a path that does not fit is refused', () => {
  refuses('args.x:1', /args\[0\]/, 'args.x');
  refuses('kwargs[0]:1', /kwargs\.order/, 'kwargs[0]');
  refuses('kwargs..id:1', /kwargs\.order\.id:4711/, 'kwargs..id:1');
});

test('a key without a value is refused, whichever it is', () => {
  for (const key of KEYS) {
    refuses(`a ${key}:`, new RegExp(`what "${key}" is to be`), `${key}:`);
    refuses(`${key}: x`, /Write what/, `${key}:`);
  }
  refuses('state:A,', /after the comma/, ',');
  refuses('name:""', /between the quotes/, '""');
  refuses('""', /between the quotes/, '""');
  refuses('name:*', /before the "\*"/, '*');
  refuses('id:a,""', /between the quotes/, '""');
});

test('a value that does not fit its key is refused', () => {
  refuses('state:FAIL*', /without "\*"/, 'FAIL*');
  refuses('name:>x', /no order/, 'name:>x');
  refuses('is:>lost', /no order/, 'is:>lost');
  refuses('is:runing', /nearest is is:running/, 'runing');
  refuses('has:nothing', /There are result, traceback/, 'nothing');
  refuses('run:>soon', /run:>5s/, 'soon');
  refuses('run:1e+999', /run:>5s/, '1e+999');
  refuses('retries:1.5', /whole count/, '1.5');
  refuses('received:today', /2026-08-22/, 'today');
  refuses('received:2026-02-31', /2026-08-22/, '2026-02-31');
  refuses('received:-1h', /received:>-1h/, '-1h');
  refuses('eta:..', /A range is written/, '..');
  refuses('eta:>-2h..-1h', /without < or >/, '-2h..-1h');
  refuses('eta:-1h..-2h', /ends before/, '-1h..-2h');
});

test('quotes and parentheses that do not close are refused', () => {
  refuses('a "b c', /no end/, '"b c');
  refuses('"a"b', /space after/, 'b');
  refuses('a (b', /no end/, '(');
  refuses('a) b', /Nothing is open/, ')');
  refuses(') b', /Nothing is open/, ')');
  refuses('a ()', /between the parentheses/, '()');
  refuses('charge(1)', /in quotes/, '(');
  refuses('(', /after the "\("/, '(');
});

test('signs without their words are refused', () => {
  refuses('a OR', /after OR/, 'OR');
  refuses('AND a', /before AND/, 'AND');
  refuses('(OR a)', /after the "\("/, '(');
  refuses('a AND OR b', /after AND/, 'AND');
  refuses('NOT', /after NOT/, 'NOT');
  refuses('a - b', /right after/, '-');
  refuses('--a', /is enough/, '--');
  refuses('NOT -a', /is enough/, 'NOT -');
});

test('the limits hold to the last character, word and level', () => {
  assert.deepEqual(parse('x'.repeat(2_048)), word('x'.repeat(2_048)));
  assert.deepEqual(errorOf('x'.repeat(2_050)).position, { from: 2_048, to: 2_050 });
  assert.match(errorOf('x'.repeat(2_050)).message, /at most 2048 characters/);
  assert.deepEqual(parse('a '.repeat(128)), { kind: 'all', of: Array.from({ length: 128 }, () => a) });
  assert.match(errorOf('a '.repeat(129)).message, /at most 128/);
  assert.deepEqual(errorOf('a '.repeat(129)).position, { from: 256, to: 258 });
  assert.deepEqual(parse('(((((a)))))'), a);
  assert.match(errorOf('((((((a))))))').message, /at most 5 levels/);
  assert.deepEqual(errorOf('((((((a))))))').position, { from: 5, to: 6 });
});

test('positions count UTF-16 units', () => {
  refuses('"🥕" foo:x', /no key/, 'foo', 5);
});
