import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderApiPage } from '../scripts/docs/api-page.ts';
import { renderOptionsPage } from '../scripts/docs/options-page.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');

test('docs/api.md and docs/options.md are what `npm run docs` writes', () => {
  assert.equal(page('api.md'), renderApiPage());
  assert.equal(page('options.md'), renderOptionsPage());
});
