// `npm run docs`: writes docs/api.md and docs/options.md from the tables that the server itself uses. A test
// (test/docs.test.ts) fails when they are out of date.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderApiPage } from './docs/api-page.ts';
import { renderOptionsPage } from './docs/options-page.ts';

const folder = resolve(import.meta.dirname, '../docs');
writeFileSync(join(folder, 'api.md'), renderApiPage());
writeFileSync(join(folder, 'options.md'), renderOptionsPage());
