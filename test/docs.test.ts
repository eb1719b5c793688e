import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderApiPage } from '../scripts/docs/api-page.ts';
import { renderOptionsPage } from '../scripts/docs/options-page.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');

test('docs/api.md and docs/options.md are what `npm run docs` writes', () => {
  assert.equal(page('api.md'), renderApiPage());
  assert.equal(page('options.md'), renderOptionsPage());
});

test('every proof that docs/security.md names is a test', () => {
  const folder = join(import.meta.dirname, '../packages');
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (file) => /\.(test|it|contract)\.ts$/.test(file.name) && !file.parentPath.includes('node_modules'),
    )
    .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    .concat(readFileSync(join(import.meta.dirname, 'docs.test.ts'), 'utf8'))
    .concat(
      ...['rooms.test.ts', 'pack.it.ts'].map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')),
    )
    .join('\n')
    .replaceAll("\\'", "'");
  const named = [...page('security.md').matchAll(/“([^”]+)”/g)].map((match) => match[1] ?? '');
  assert.ok(named.length > 80);
  assert.deepEqual(
    named.filter((title) => title !== 'Proof' && !sources.includes(title)),
    [],
  );
});
