import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** What a process writes that logs these lines for people. */
function logged(lines: string): string {
  const module = new URL('./log.ts', import.meta.url).href;
  const script = `import { createLog } from '${module}';
const log = createLog({ 'log-level': 'info', 'log-format': 'text' });
${lines}`;
  const flags = ['--conditions=source', '--input-type=module', '--eval', script];
  return spawnSync(process.execPath, flags, { encoding: 'utf8' }).stderr;
}

test('what came over the network can neither forge a line for people nor steer their terminal', () => {
  const text = logged(`
const evil = 'red \\u001b[31m\\u009b2J\\nforged line';
log.warn({ detail: 'red \\u001b[31m\\nforged line' }, evil);
log.error({ err: Object.assign(new Error('x'), { stack: evil + '\\n    at file:here' }) }, 'failed');`);
  assert.ok(!text.includes('\u001b') && !text.includes('\u009b'));
  assert.doesNotMatch(text, /^forged/m);
  assert.match(text, /WARN: red \\u001b\[31m\\u009b2J\\u000aforged line/);
  assert.match(text, /at file:/, 'the stack is still there');
});

test('errors that are none, and errors with causes, are logged too', () => {
  const text = logged(`
log.error({ err: 'a text' }, 'first');
log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'second');`);
  assert.match(text, /first\s+err: "a text"/);
  assert.match(text, /outer[^]*inner/);
});
