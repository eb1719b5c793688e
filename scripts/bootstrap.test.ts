import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder, until } from '@umbel/testkit';

const bootstrap = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

interface Bootstrapped {
  child: ChildProcess;
  output(): string;
  exited: Promise<unknown[]>;
}

function startScript(t: TestContext, text: string, ...args: string[]): Bootstrapped {
  return startScriptWith(t, [], text, ...args);
}

function startScriptWith(
  t: TestContext,
  nodeOptions: string[],
  text: string,
  ...args: string[]
): Bootstrapped {
  const script = `${tempFolder(t)}/script.ts`;
  writeFileSync(script, text);
  const child = spawn(process.execPath, [bootstrap, ...nodeOptions, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  }
  return { child, output: () => output, exited: once(child, 'close') };
}

const LISTENER = `
  process.on('SIGINT', () => console.log('SIGINT'));
  process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(7); });
  console.log('up ' + process.pid);
  setInterval(() => undefined, 1000);
`;

test('passes arguments and exit code through, and is quiet when everything is installed', async (t) => {
  const script = startScript(t, 'console.log(process.argv.slice(2).join()); process.exit(3)', 'a', '--b=c d');
  assert.deepEqual(await script.exited, [3, null]);
  assert.equal(script.output(), 'a,--b=c d\n');
});

test('runs the script on the Node of the dev dependencies', async (t) => {
  const script = startScript(t, 'const v: string = process.version; console.log(v)');
  await script.exited;
  assert.match(script.output(), /^v26\./);
});

test('gives options before the script to Node, and keeps what Node compiled', async (t) => {
  const text = `
    import { getCompileCacheDir } from 'node:module';
    console.log(process.title, process.argv.length, getCompileCacheDir());
  `;
  const script = startScriptWith(t, ['--title=as-told'], text);
  assert.deepEqual(await script.exited, [0, null]);
  assert.match(script.output(), /^as-told 2 .*compiled/);
});

test('tells of a signal that ended the script by its exit code', async (t) => {
  const script = startScript(t, "process.kill(process.pid, 'SIGKILL')");
  assert.deepEqual(await script.exited, [128 + 9, null]);
});

test('two SIGINT of one keystroke reach the script once; SIGTERM reaches it too', async (t) => {
  const script = startScript(t, LISTENER);
  await until(() => script.output().includes('up'), { what: 'the script to be up' });
  script.child.kill('SIGINT');
  await until(() => script.output().includes('SIGINT'), { what: 'the script to have the signal' });
  script.child.kill('SIGINT');
  script.child.kill('SIGTERM');
  assert.deepEqual(await script.exited, [7, null]);
  assert.equal(script.output().match(/SIGINT/g)?.length, 1);
});

test('the script is asked to stop when bootstrap is killed', async (t) => {
  const script = startScript(t, LISTENER);
  await until(() => script.output().includes('up'), { what: 'the script to be up' });
  script.child.kill('SIGKILL');
  await until(() => script.output().includes('SIGTERM'), { what: 'the script to be asked to stop' });
  await script.exited;
});
