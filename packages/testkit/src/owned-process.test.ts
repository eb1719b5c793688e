import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { startProcess } from './owned-process.ts';
import { until } from './until.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('stop asks first: the process may end in its own way', async () => {
  const child = await startProcess('/bin/sh', [
    '-c',
    'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.05; done',
  ]);
  await until(() => child.log().includes('up'), { what: 'the process to be up' });
  await child.stop();
  assert.deepEqual(await child.exited, { code: 3, signal: null });
  assert.match(child.log(), /bye/);
  assert.equal(child.running(), false);
  child.signal('SIGTERM');
  await child.stop();
  await child.kill();
});

test('stop kills what does not listen, its children too', async () => {
  const child = await startProcess('/bin/sh', ['-c', 'trap "" TERM; sleep 1000 & echo $!; wait; wait; wait']);
  const grandchild = Number(
    await until(() => child.log().trim(), { what: 'the id of the child of the child' }),
  );
  await child.stop({ graceMs: 50 });
  assert.equal((await child.exited).signal, 'SIGKILL');
  await until(() => !isAlive(grandchild), { what: 'the child of the child to end' });
});

test('a command that does not exist is an error', async () => {
  await assert.rejects(startProcess('/no/such/program', []), { code: 'ENOENT' });
});

// The process under test starts a child and a folder, tells about them, and then comes to its end in some way.
const OWNER = `
  const { startProcess } = await import(process.argv[1]);
  const { tempFolder } = await import(process.argv[2]);
  const child = await startProcess('/bin/sh', ['-c', 'sleep 1000 & echo $!; wait']);
  while (!child.log().trim()) await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(child.pid + ' ' + child.log().trim() + ' ' + tempFolder({ after() {} }));
  const end = process.argv[3];
  if (end === 'throw') throw new Error('expected: ends by an exception');
  if (end === 'signal') setInterval(() => {}, 1000);
`;
for (const [end, signal] of [
  ['return', null],
  ['throw', null],
  ['signal', 'SIGINT'],
  ['signal', 'SIGKILL'],
] as const) {
  test(`nothing outlives a process that ends by ${signal ?? end}`, async () => {
    const owner = spawn(process.execPath, [
      '--input-type=module',
      '--conditions=source',
      '-e',
      OWNER,
      new URL('./owned-process.ts', import.meta.url).href,
      new URL('./temp-folder.ts', import.meta.url).href,
      end,
    ]);
    const ended = once(owner, 'exit');
    let output = '';
    owner.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const line = await until(() => output.includes('\n') && output.trim(), {
      what: 'what the process started',
    });
    const [child = '', grandchild = '', folder = ''] = line.split(' ');
    assert.match(folder, /umbel-/);
    if (signal) owner.kill(signal);
    await ended;
    await until(() => !isAlive(Number(child)) && !isAlive(Number(grandchild)), { what: 'both to end' });
    await until(() => !existsSync(folder), { what: 'the folder to be removed' });
  });
}
