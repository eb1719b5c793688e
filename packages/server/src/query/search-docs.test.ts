// Holds docs/search.md against the language.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyTask } from '@umbel/celery';
import { matchTask } from './match-task.ts';
import { parseQuery } from './parse-query.ts';
import { QueryError } from './query-error.ts';
import { KEYS } from './query-keys.ts';
import { FLAGS, PARTS } from './task-condition.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/search.md'), 'utf8');
const NOW_S = Date.UTC(2026, 7, 22, 12) / 1_000;

/** The rows of every table whose header begins with this word, cell by cell: what stands there as code. */
function rows(header: string): string[][][] {
  const tables = page.split(/\n\n/).filter((part) => part.startsWith(`| ${header} |`));
  assert.ok(tables.length > 0, header);
  return tables.flatMap((table) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row.split(' | ').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')),
      ),
  );
}

const examples = rows('Query').map(([codes]) => codes?.[0] ?? '');

test('every query of the page can be read', () => {
  assert.ok(examples.length > 50);
  for (const query of examples) assert.ok(parseQuery(query, { nowS: NOW_S }), query);
});

test('every key, flag and part has an example', () => {
  const all = examples.join(' ');
  for (const key of KEYS) assert.match(all, new RegExp(`(^|[\\s(-])${key}[:.[]`), key);
  for (const flag of FLAGS) assert.ok(examples.includes(`is:${flag}`), flag);
  for (const part of PARTS) assert.ok(examples.includes(`has:${part}`), part);
});

test('what the page calls wrong is refused, and what it names instead is not', () => {
  for (const [wrong, instead] of rows('Wrong')) {
    const query = wrong?.[0] ?? '';
    assert.throws(() => parseQuery(query, { nowS: NOW_S }), QueryError, query);
    if (instead?.[0] !== undefined && instead[0].length > 1) parseQuery(instead[0], { nowS: NOW_S });
  }
});

test('the task of the page is found by what it says, and not by the rest', () => {
  const lines = [...page.matchAll(/^ {4}(\w+) +(.+)$/gm)].map(([, field, value]) => [field, value]);
  const given: Record<string, string> = Object.fromEntries(lines);
  assert.equal(Object.keys(given).length, 8);
  const task = { ...emptyTask('3f2a91c0'), ...given, retries: Number(given['retries']) };
  const around = {
    known: { nowS: NOW_S, goneWorkers: new Map(), slowAboveS: new Map(), revoking: new Set<string>() },
    hasChildren: () => false,
  };
  const matches = (query: string) => {
    const condition = parseQuery(query, { nowS: NOW_S });
    assert.ok(condition, query);
    return matchTask(condition, task, around);
  };
  for (const [found = [], not = []] of rows('Found by')) {
    for (const query of found) assert.equal(matches(query), true, query);
    for (const query of not) assert.equal(matches(query), false, query);
  }
});
