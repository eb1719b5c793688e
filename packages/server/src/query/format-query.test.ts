import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { formatQuery } from './format-query.ts';
import { parseQuery } from './parse-query.ts';
import { QueryError } from './query-error.ts';
import {
  FLAGS,
  LIST_FIELDS,
  type ListField,
  NUMBER_FIELDS,
  PARTS,
  type TaskCondition,
  TEXT_FIELDS,
  TIME_FIELDS,
} from './task-condition.ts';

const NOW_S = Date.UTC(2026, 7, 22, 12) / 1_000;

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PIECES = [
  ...Array.from('aZ0 "\\*=<>()-,.:[]\t\'/_é'),
  '🥕',
  'AND',
  'OR',
  'NOT',
  'name:',
  'kwargs.',
  'args[0]',
  'id=',
  '..',
  '-1h',
  'received:',
  'state:',
];

class Maker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  some<T>(least: number, make: () => T): T[] {
    return Array.from({ length: least + this.below(3) }, make);
  }

  text(least: number): string {
    return this.some(least, () => this.pick(PIECES)).join('');
  }

  moment(): number {
    const days = this.below(20_000) * 86_400_000;
    return this.pick([days, days + this.below(86_400_000)]);
  }

  list(field: ListField): TaskCondition {
    const values = this.some(1, () => this.text(1));
    return { kind: 'one-of', field, values: field === 'state' ? values.map(capitals) : values };
  }

  tree(levels: number): TaskCondition {
    const kind = this.below(levels > 0 ? 11 : 8);
    switch (kind) {
      case 0:
        return { kind: 'word', text: this.text(1) };
      case 1: {
        const match = this.pick(['contains', 'is', 'starts'] as const);
        return {
          kind: 'text',
          field: this.pick(TEXT_FIELDS),
          match,
          text: this.text(match === 'is' ? 0 : 1),
        };
      }
      case 2: {
        const of = this.pick(['args', 'kwargs'] as const);
        const rest = this.some(0, () => this.pick([this.below(1_000), this.text(0)]));
        const match = this.pick(['is', 'starts'] as const);
        return {
          kind: 'path',
          of,
          path: [of === 'args' ? this.below(9) : this.text(0), ...rest],
          match,
          text: this.text(1),
        };
      }
      case 3:
        return this.list(this.pick(LIST_FIELDS));
      case 4: {
        const field = this.pick(NUMBER_FIELDS);
        const compare = this.pick(['is', 'above', 'at-least', 'below', 'at-most'] as const);
        const value =
          field === 'retries' ? this.below(100) : this.#random() * 10 ** this.pick([-9, 0, 3, 25]);
        return { kind: 'number', field, compare, value };
      }
      case 5: {
        const from = this.moment();
        const to = this.pick([from + 86_400_000, from + 1, from + 1 + this.moment()]);
        const ends = this.pick([
          [from, to],
          [from, null],
          [null, to],
        ]).map((ms) => (ms === null ? null : ms / 1_000));
        return { kind: 'time', field: this.pick(TIME_FIELDS), from: ends[0] ?? null, to: ends[1] ?? null };
      }
      case 6:
        return { kind: 'is', flag: this.pick(FLAGS) };
      case 7:
        return { kind: 'has', part: this.pick(PARTS) };
      case 8:
        return { kind: 'not', of: this.tree(levels - 1) };
      default: {
        const of = this.some(2, () => this.tree(levels - 1));
        return { kind: kind === 9 ? 'all' : 'any', of };
      }
    }
  }
}

function capitals(text: string): string {
  return text.toUpperCase();
}

function seeds(): number[] {
  const first = randomInt(2 ** 31);
  return Array.from({ length: 5_000 }, (_, index) => (index < 1_000 ? index : first + index));
}

test('an empty query is written as an empty text', () => {
  assert.equal(formatQuery(null), '');
});

test('a tree is written with no more quotes and parentheses than it needs', () => {
  const same = (text: string): void =>
    assert.equal(formatQuery(parseQuery(text, { nowS: NOW_S })), text, text);
  same('name:=shop.charge state:FAILURE,RETRY -has:result');
  same('(a OR b) c');
  same('a b OR -(c d)');
  same('finished:2026-08-22');
  same('finished:2026-08-22..2026-08-24');
  same('received:>=2026-08-22T11:00:00.000Z');
  same('kwargs.order.id:4711 args[0]:"a b"*');
  same('run:>5s retries:>=1');
});

test('any tree that is written and read again is the same', () => {
  let compared = 0;
  for (const seed of seeds()) {
    const tree = new Maker(seed).tree(3);
    const text = formatQuery(tree);
    if (text.length > 2_048) continue;
    try {
      assert.deepEqual(parseQuery(text, { nowS: NOW_S }), tree);
      compared++;
    } catch (error) {
      if (error instanceof QueryError && error.message.startsWith('A query has at most')) continue;
      throw new Error(`seed ${seed}: ${text}`, { cause: error });
    }
  }
  assert.ok(compared > 4_000, `${compared} were compared`);
});

test('any text is read or refused with a place in it, at once', () => {
  for (const seed of seeds()) {
    const maker = new Maker(seed);
    let text = '';
    while (text.length < 200)
      text += maker.pick([maker.pick(PIECES), String.fromCharCode(maker.below(65_536))]);
    const began = performance.now();
    try {
      parseQuery(text, { nowS: NOW_S });
    } catch (error) {
      const isPlaced =
        error instanceof QueryError &&
        error.position.from >= 0 &&
        error.position.from <= error.position.to &&
        error.position.to <= text.length;
      if (!isPlaced) throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause: error });
    }
    assert.ok(performance.now() - began < 500, `seed ${seed} took long`);
  }
});

test('the longest texts are refused or read at once', () => {
  const began = performance.now();
  for (const piece of [
    '"',
    '\\',
    '"\\',
    'a',
    'a.',
    'kwargs.a',
    'kwargs[0]',
    '(',
    '-',
    'a:',
    'a ',
    ',',
    '..',
    '1',
  ]) {
    for (const start of ['', 'kwargs.', 'kwargs."', 'state:', 'eta:', 'run:', '"']) {
      try {
        parseQuery(`${start}${piece.repeat(2_048)}`.slice(0, 2_048), { nowS: NOW_S });
      } catch (error) {
        assert.ok(error instanceof QueryError, String(error));
      }
    }
  }
  assert.ok(performance.now() - began < 2_000);
});
