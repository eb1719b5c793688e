import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { tempFolder } from '@umbel/testkit';

// In a process of its own: Node does not run tests within tests.
const RUNNER = `
  import { run } from 'node:test';
  const { totalsLast } = await import(process.argv[2]);
  for await (const piece of totalsLast(run({ files: [process.argv[3]] }))) process.stdout.write(piece);
`;

async function report(t: TestContext, text: string): Promise<string[]> {
  const folder = tempFolder(t);
  const file = `${folder}/some.test.mjs`;
  const runner = `${folder}/runner.mjs`;
  writeFileSync(runner, RUNNER);
  writeFileSync(file, `import { test } from 'node:test';\n${text}`);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const module = new URL('./totals-last.ts', import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [runner, module, file], { env });
  return stripVTControlCharacters(stdout).trimEnd().split('\n');
}

test('the totals are the last lines, behind the failures', async (t) => {
  const lines = await report(t, "test('good', () => {}); test('bad', () => { throw new Error('why'); });");
  const totals = lines.findIndex((line) => line === 'ℹ tests 2');
  assert.ok(lines.findIndex((line) => line.includes('Error: why')) < totals);
  assert.match(lines.at(-1) ?? '', /^ℹ duration_ms \d/);
  assert.deepEqual(lines.slice(totals, -1), [
    'ℹ tests 2',
    'ℹ suites 0',
    'ℹ pass 1',
    'ℹ fail 1',
    'ℹ cancelled 0',
    'ℹ skipped 0',
    'ℹ todo 0',
  ]);
});

test('a test that was skipped before it threw is no failure', async (t) => {
  const lines = await report(
    t,
    "test('no server', (t) => { t.skip('because'); throw new Error('absent'); });",
  );
  assert.match(lines[0] ?? '', /^﹣ no server .*# because$/);
  assert.ok(lines.every((line) => !line.includes('absent') && !line.includes('failing')));
  assert.ok(lines.includes('ℹ skipped 1'));
});
