import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, formatPythonRepr } from '@umbel/celery';
import { foldText } from './fold-case.ts';
import { matchTask } from './match-task.ts';
import { needlesOf } from './path-needles.ts';
import type { PathCondition } from './task-condition.ts';

const around = {
  known: { nowS: 0, goneWorkers: new Map(), slowAboveS: new Map(), revoking: new Set<string>() },
  hasChildren: () => false,
};

function condition(
  path: PathCondition['path'],
  text: string,
  match: PathCondition['match'] = 'is',
): PathCondition {
  return { kind: 'path', of: 'kwargs', path, match, text };
}

test('keys and plain values must be written', () => {
  assert.deepEqual(needlesOf(condition(['order', 'id'], '4711')), ['order', 'id', '4711']);
  assert.deepEqual(needlesOf(condition(['tags', 0], 'a', 'starts')), ['tags', 'a']);
});

test('what may be written otherwise need not be', () => {
  for (const text of ['null', 'NULL', 'Infinity', '["a"]', '{}', 'a\\b', 'é', 'a"b', "it's\n", ''])
    assert.deepEqual(needlesOf(condition(['0'], text)), [], text);
  for (const text of ['nul', 'Inf', '-', '[', ''])
    assert.deepEqual(needlesOf(condition(['0'], text, 'starts')), [], text);
});

test('whatever matches contains its needles', () => {
  const values: unknown[] = [
    null,
    true,
    false,
    0,
    -1.5,
    1e300,
    'a',
    "it's",
    'a "quote"',
    'it\'s "both"',
    'back\\slash',
    'line\nend',
    'é',
    'Straße',
    'null',
    '',
    '[',
    ['a', null],
    { a: { b: 1 } },
    'NaN',
  ];
  let matched = 0;
  for (const value of values) {
    for (const key of ['a', "k'y", 'null', 'é', '1']) {
      // Celery's own way of writing, Python's, and what neither has but can be read.
      const own = formatPythonRepr({ [key]: value }, Infinity, Infinity);
      const written = [
        own,
        `{'${key}': inf}`,
        `{'${key}': -inf}`,
        `{'${key}': b'\\xc3\\xa9'}`,
        `{None: 1, '${key}': 'x\\ty'}`,
      ];
      for (const kwargs of written) {
        const texts = [
          'None',
          'null',
          'true',
          '0',
          '-1.5',
          '1e+300',
          'Infinity',
          '-Infinity',
          'inf',
          ...values.filter((one) => typeof one === 'string'),
        ];
        for (const text of [...texts, JSON.stringify(value), 'é', 'x\ty']) {
          for (const [match, part] of [
            ['is', text],
            ['starts', text.slice(0, 2)],
            ['starts', text.slice(0, 1)],
          ] as const) {
            if (part === '' && match === 'starts') continue;
            const asked = condition([key], part, match);
            if (!matchTask(asked, { ...emptyTask('a'), kwargs }, around)) continue;
            matched++;
            for (const needle of needlesOf(asked))
              assert.ok(foldText(kwargs).includes(foldText(needle)), JSON.stringify([kwargs, asked, needle]));
          }
        }
      }
    }
  }
  assert.ok(matched > 500, String(matched));
});
