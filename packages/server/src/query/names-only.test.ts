import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask } from '@umbel/celery';
import { matchTask } from './match-task.ts';
import { namesOnly, valueFieldIn } from './names-only.ts';
import { parseQuery } from './parse-query.ts';
import { type TaskCondition, TEXT_FIELDS } from './task-condition.ts';

const parse = (text: string) => parseQuery(text, { nowS: 0 }) as TaskCondition;

test('values, and only they, are what somebody may not see', () => {
  for (const field of TEXT_FIELDS) {
    const isValue = !['name', 'worker', 'queue'].includes(field);
    for (const term of [`${field}:"a b"`, `${field}:"a b"*`, `${field}:="a b"`])
      assert.equal(valueFieldIn(parse(term)), isValue ? field : null, term);
  }
  assert.equal(valueFieldIn(parse('args[0]:1')), 'args');
  assert.equal(valueFieldIn(parse('kwargs.a:1')), 'kwargs');
  assert.equal(valueFieldIn(parse('kwargs:a=1')), 'kwargs');
  for (const term of ['a', 'state:A group:b id:c fp:d', 'run:>1s eta:<+1h', 'is:slow has:result'])
    assert.equal(valueFieldIn(parse(term)), null, term);
});

test('they are found wherever they stand', () => {
  assert.equal(valueFieldIn(parse('a OR (b -(c result:x))')), 'result');
  assert.equal(valueFieldIn(parse('a OR (b -(c name:x))')), null);
});

test('the type of an exception is no value, what it says is one', () => {
  assert.equal(valueFieldIn(parse('exception:=ConnectionError')), null);
  assert.equal(valueFieldIn(parse('exception:ConnectionError')), 'exception');
  assert.equal(valueFieldIn(parse('exception:="a.b"')), 'exception');
  assert.equal(valueFieldIn(parse('exception:=""')), 'exception');
});

test('words look in names and ids alone, wherever they stand', () => {
  const task = {
    ...emptyTask('id-1'),
    name: 'shop.add',
    args: 'secret',
    kwargs: 'secret',
    exception: 'secret',
  };
  const around = {
    known: { nowS: 0, goneWorkers: new Map(), slowAboveS: new Map(), revoking: new Set<string>() },
    hasChildren: () => false,
  };
  const matches = (text: string) => matchTask(namesOnly(parse(text)), task, around);
  for (const text of ['SHOP', 'id-1', '-secret', '-(x OR secret)', 'shop state:pending'])
    assert.equal(matches(text), true, text);
  for (const text of ['secret', '-shop', 'x OR (shop secret)', 'exception:=secret'])
    assert.equal(matches(text), false, text);
});
