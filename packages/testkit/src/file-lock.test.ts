import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withFileLock } from './file-lock.ts';
import { tempFolder } from './temp-folder.ts';

const run = promisify(execFile);

// Reads, waits, writes: without the lock, counts would be lost.
const COUNT = `
  const { withFileLock } = await import(process.argv[1]);
  const { readFileSync, writeFileSync } = await import('node:fs');
  const [, , lock, file] = process.argv;
  for (let i = 0; i < 5; i++) await withFileLock(lock, async () => {
    const count = Number(readFileSync(file, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    writeFileSync(file, String(count + 1));
  });
`;

test('processes take turns', async (t) => {
  const folder = tempFolder(t);
  writeFileSync(`${folder}/count`, '0');
  const module = new URL('./file-lock.ts', import.meta.url).href;
  const args = ['--input-type=module', '-e', COUNT, module, `${folder}/lock`, `${folder}/count`];
  await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
  assert.equal(readFileSync(`${folder}/count`, 'utf8'), '15');
  assert.equal(existsSync(`${folder}/lock`), false);
});

test('the lock of a process that died is taken over', async (t) => {
  const lock = `${tempFolder(t)}/lock`;
  const { stdout } = await run('/bin/sh', ['-c', 'echo $$']);
  writeFileSync(lock, stdout.trim());
  assert.equal(await withFileLock(lock, async () => 'mine'), 'mine');
});

test('a failure releases the lock', async (t) => {
  const lock = `${tempFolder(t)}/lock`;
  await assert.rejects(
    withFileLock(lock, () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await withFileLock(lock, async () => 'again'), 'again');
});
