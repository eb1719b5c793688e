import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './parse-query.ts';
import { KEY_HINTS, valueHints } from './query-hints.ts';
import { KEYS } from './query-keys.ts';
import { insertionOf, suggestAt, type Suggestion } from './suggest.ts';

const NOW_S = Date.UTC(2026, 7, 22, 12) / 1_000;

/** `|` is the cursor. */
function at(marked: string): Suggestion {
  const found = suggestAt(marked.replace('|', ''), marked.indexOf('|'));
  assert.ok(found, marked);
  return found;
}

/** The text with the proposal taken. */
function take(marked: string, insert: string): string {
  const { replace } = at(marked);
  const text = marked.replace('|', '');
  return text.slice(0, replace.from) + insert + text.slice(replace.to);
}

function inserts(marked: string): string[] {
  return at(marked).proposals.map(({ insert }) => insert);
}

test('where nothing is typed yet every key is proposed', () => {
  for (const marked of ['|', '  |', 'name:a |', '(|', 'name:a (| b)', '|  name:a', '-|']) {
    const found = at(marked);
    assert.deepEqual([found.kind, found.field], ['key', null], marked);
    assert.deepEqual(inserts(marked), Object.keys(KEY_HINTS), marked);
  }
});

test('every key has a hint', () => {
  const hinted = new Set(Object.keys(KEY_HINTS).map((key) => key.replace(/\W$/, '')));
  assert.deepEqual([...hinted].sort(), [...KEYS].sort());
});

test('a word is the beginning of keys, and of states, flags and parts', () => {
  assert.deepEqual(inserts('re|'), [
    'result:',
    'received:',
    'retries:',
    'state:RECEIVED',
    'state:REJECTED',
    'state:RETRY',
    'state:REVOKED',
    'is:retried',
    'is:recovered',
    'is:revoking',
    'is:rerun',
    'has:result',
  ]);
  assert.deepEqual(inserts('-fail|'), ['state:FAILURE']);
  assert.deepEqual(inserts('a los|'), ['is:lost']);
  assert.deepEqual(inserts('ar|'), ['args:', 'args[']);
  assert.deepEqual(inserts('4711|'), []);
  assert.equal(take('a -fa| b', 'state:FAILURE'), 'a -state:FAILURE b');
  assert.equal(take('(na|xx)', 'name:'), '(name:)');
});

test('a key is replaced with its colon', () => {
  assert.deepEqual(inserts('na|me:x'), ['name:']);
  assert.equal(take('wor|ker:x', 'name:'), 'name:x');
  assert.equal(take('|worker:x', 'name:'), 'name:x');
});

test('after a key its values are proposed', () => {
  assert.deepEqual(inserts('state:fa|'), ['FAILURE']);
  assert.deepEqual(inserts('is:re|'), ['retried', 'recovered', 'revoking', 'rerun']);
  assert.deepEqual(inserts('-has:|'), Object.keys(valueHints('has')));
  assert.deepEqual(inserts('run:>1|'), ['>1s', '>10s', '>1m', '>1h']);
  assert.deepEqual(inserts('retries:|'), ['0', '>0', '>=3']);
  assert.deepEqual(inserts('received:<|'), ['<-1h']);
  assert.equal(take('received:>-3|h x', '>-1h'), 'received:>-1h x');
});

test('of a list the value at the cursor is meant', () => {
  for (const [marked, prefix, taken] of [
    ['state:FAILURE,re| x', 're', 'state:FAILURE,RETRY x'],
    ['state:fa|,RETRY', 'fa', 'state:RETRY,RETRY'],
    ['state:|,RETRY', '', 'state:RETRY,RETRY'],
    ['state:A,|', '', 'state:A,RETRY'],
    ['state:="a,b",r|x', 'r', 'state:="a,b",RETRY'],
    ['state:"a,|b"', 'a,', 'state:RETRY'],
  ] as const) {
    assert.equal(at(marked).prefix, prefix, marked);
    assert.equal(take(marked, 'RETRY'), taken);
  }
});

test('which values there are, only the tasks can tell', () => {
  for (const field of ['name', 'worker', 'queue', 'exception', 'group', 'fp']) {
    const found = at(`a ${field}:sh|op`);
    assert.deepEqual([found.kind, found.field, found.prefix, found.proposals], ['value', field, 'sh', []]);
    assert.equal(found.isPath, false);
  }
  assert.equal(at('kwargs.order.id:4|').isPath, true);
  assert.equal(at('args[0]:4|').isPath, true);
});

test('a value that is chosen is meant whole, and quoted where it needs it', () => {
  const choose = (marked: string, value: string) => take(marked, insertionOf(at(marked), value));
  assert.equal(choose('name:sh|', 'shop.charge'), 'name:=shop.charge');
  assert.equal(choose('name:=sh| x', 'shop.charge'), 'name:=shop.charge x');
  assert.equal(choose('name:|=sh', 'shop.charge'), 'name:=shop.charge');
  assert.equal(choose('name:"two wo|', 'two words'), 'name:="two words"');
  assert.equal(choose('group:e|,web', 'a,b (c) "d"'), 'group:"a,b (c) \\"d\\"",web');
  assert.equal(choose('-worker:=|', 'celery@web-0'), '-worker:=celery@web-0');
});

test('a quote that is still open is read to the end', () => {
  assert.equal(at('name:"two wo| OR x').prefix, 'two wo');
  assert.equal(at(String.raw`name:"a \"b| c"`).prefix, 'a "b');
  assert.equal(suggestAt('"name:a', 7), null);
  assert.equal(suggestAt('"two words" x', 6), null);
});

test('what is proposed is right where it is put', () => {
  for (const field of KEYS) {
    for (const insert of inserts(`${field}:|`)) parseQuery(`${field}:${insert}`, { nowS: NOW_S });
  }
  for (const insert of inserts('re|').filter((word) => !word.endsWith(':')))
    parseQuery(insert, { nowS: NOW_S });
});

test('any place in any text is answered within the text', () => {
  const pieces = [
    '"',
    '\\',
    ' ',
    '(',
    ')',
    '-',
    ':',
    '=',
    ',',
    '.',
    '>',
    'name',
    'state',
    'kwargs',
    '[0]',
    'é',
    '*',
  ];
  let seed = 7;
  const below = (end: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (seed >>> 8) % end;
  };
  for (let round = 0; round < 5_000; round++) {
    const text = Array.from({ length: below(12) }, () => pieces[below(pieces.length)]).join('');
    for (const position of [0, below(text.length + 1), text.length, -3, 99, 1.5]) {
      const found = suggestAt(text, position);
      if (found === null) continue;
      const { from, to } = found.replace;
      assert.ok(
        0 <= from && from <= to && to <= text.length,
        JSON.stringify([text, position, found.replace]),
      );
    }
  }
  assert.equal(suggestAt('x'.repeat(3_000), 5), null);
});
