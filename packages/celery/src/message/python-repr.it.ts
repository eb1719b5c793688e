// Differential test: what Python itself writes, read back and written anew. Python's json is the judge of values.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CeleryVersion, python, tempFolder } from '@umbel/testkit';
import * as fc from 'fast-check';
import { formatArgsRepr, formatPythonRepr } from './format-python-repr.ts';
import { parseKombuJson, stringifyKombuJson } from './kombu-json.ts';
import { parsePythonRepr } from './parse-python-repr.ts';
import { readableBytes } from './readable-bytes.ts';

const VALUES = 3_000;

/** Text made of these is hard to read back. */
const HARD_PARTS = [
  `' " \\ \\' } ] ) ... n b 1 x41 None __proto__ é 😀`.split(' '),
  [' ', ', ', "', '", ': ', '\n', '\t', '\u0000', '\u001b', '\u200b', '\ud800'],
].flat();
const hardString = fc.string({
  unit: fc.constantFrom(...HARD_PARTS),
  maxLength: 12,
});
const string = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 2, arbitrary: hardString },
);
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(),
  fc.integer().map((n) => JSON.rawJSON(`${n}.0`)),
  fc.constantFrom(JSON.rawJSON('-0.0'), JSON.rawJSON('1e16'), JSON.rawJSON('1e-5'), JSON.rawJSON('0.0001')),
);
const scalar = fc.oneof(string, number, fc.boolean(), fc.constant(null));

function json(maxDepth: number): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth, withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(string, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
}

interface Written {
  /** json.dumps of the value. */
  json: string;
  saferepr: string;
  repr: string;
  /** saferepr of the value as a tuple when it is a list, for each of LIMITS. */
  cut: string[];
}

const LIMITS = [1_024, 7, 20, 40];

const SCRIPT = `
import json, sys
from celery.utils.saferepr import saferepr
values = json.load(open(sys.argv[1]))
def top(value):
    return tuple(value) if isinstance(value, list) else value
json.dump([{
    'json': json.dumps(value),
    'saferepr': saferepr(value),
    'repr': repr(value),
    'cut': [saferepr(top(value), limit) for limit in json.loads(sys.argv[2])],
} for value in values], sys.stdout)
`;

async function written(t: TestContext, values: unknown[], celery: CeleryVersion): Promise<Written[]> {
  const file = join(tempFolder(t), 'values.json');
  writeFileSync(file, stringifyKombuJson(values));
  return JSON.parse(await python(t, SCRIPT, { celery, args: [file, JSON.stringify(LIMITS)] })) as Written[];
}

for (const celery of ['5.7', '5.2'] as const) {
  test(`what saferepr of Celery ${celery} writes is read back as the same value, or stays text`, async (t) => {
    const texts = await written(t, fc.sample(json(3), VALUES), celery);
    let read = 0;
    for (const { json: expected, saferepr } of texts) {
      const parsed = parsePythonRepr(saferepr);
      if (!parsed.ok) continue;
      read += 1;
      assert.deepEqual(parsed.value, parseKombuJson(expected), saferepr);
    }
    t.diagnostic(`${read} of ${texts.length} read back`);
    assert.ok(read > texts.length / 2, `only ${read} of ${texts.length} texts were read`);
  });

  test(`what saferepr of Celery ${celery} has cut is never taken for a whole value`, async (t) => {
    const values = fc.sample(fc.array(json(5), { maxLength: 6 }), VALUES);
    for (const { json: expected, cut } of await written(t, values, celery)) {
      for (const text of cut) {
        const parsed = parsePythonRepr(text);
        if (parsed.ok) assert.deepEqual(parsed.value, parseKombuJson(expected), text);
      }
    }
  });
}

test('what repr writes is read back as the same value', async (t) => {
  for (const { json: expected, repr } of await written(t, fc.sample(json(5), VALUES), '5.7')) {
    assert.deepEqual(parsePythonRepr(repr, 'repr'), { ok: true, value: parseKombuJson(expected) }, repr);
    if (repr.includes('\\')) continue;
    const parsed = parsePythonRepr(repr);
    if (parsed.ok) assert.deepEqual(parsed.value, parseKombuJson(expected), repr);
  }
});

const BYTES_SCRIPT = `
import json, sys
from celery.utils.saferepr import saferepr
def value(one):
    return bytes.fromhex(one['hex']) if isinstance(one, dict) else one
lists = [[value(one) for one in ones] for ones in json.load(open(sys.argv[1]))]
json.dump([[saferepr(one), repr(one)] for one in lists], sys.stdout)
`;

test('bytes are read back as text or base64, or stay text', async (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.string({ maxLength: 6 }).map((text) => Buffer.from(text)),
  );
  const lists = fc.sample(fc.array(fc.oneof(bytes, hardString), { minLength: 1, maxLength: 4 }), VALUES);
  const file = join(tempFolder(t), 'values.json');
  const sent = lists.map((list) =>
    list.map((one) => (typeof one === 'string' ? one : { hex: Buffer.from(one).toString('hex') })),
  );
  writeFileSync(file, stringifyKombuJson(sent));
  const texts = JSON.parse(await python(t, BYTES_SCRIPT, { args: [file] })) as [string, string][];
  let read = 0;
  for (const [index, [saferepr, repr]] of texts.entries()) {
    const expected = lists[index]?.map((one) =>
      typeof one === 'string' ? one : readableBytes(Buffer.from(one)),
    );
    assert.deepEqual(parsePythonRepr(repr, 'repr'), { ok: true, value: expected }, repr);
    const parsed = parsePythonRepr(saferepr);
    if (!parsed.ok) continue;
    read += 1;
    assert.deepEqual(parsed.value, expected, saferepr);
  }
  assert.ok(read > texts.length / 4, `only ${read} of ${texts.length} texts were read`);
});

test('formatPythonRepr writes what saferepr of Celery 5.7 writes, at every limit', async (t) => {
  const values = fc.sample(
    fc.oneof(fc.array(json(5), { maxLength: 6 }), fc.dictionary(string, json(4))),
    VALUES,
  );
  const texts = await written(t, values, '5.7');
  for (const [index, { cut }] of texts.entries()) {
    for (const [at, limit] of LIMITS.entries()) {
      const value = values[index];
      const ours = Array.isArray(value) ? formatArgsRepr(value, limit) : formatPythonRepr(value, limit);
      assert.equal(ours, cut[at], `limit ${limit}`);
    }
  }
});
