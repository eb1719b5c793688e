// The packages as they would be published: packed, installed into an empty folder by npm, and run from there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Sbom } from '../scripts/build/package-sbom.ts';
import { freePort, startProcess, startRedis, suiteScope, tempFolder, until } from '@umbel/testkit';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const run = promisify(execFile);
// npm and what it starts shall run on this Node, whatever `node` is on PATH.
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, CI: '1' };
const NPM_TIMEOUT_MS = 5 * 60_000;

/** As npm writes it. */
interface LockedPackage {
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The packages of a lock file by their place. */
function readLock(folder: string): Readonly<Record<string, LockedPackage>> {
  return (readJson(join(folder, 'package-lock.json')) as { packages: Record<string, LockedPackage> })
    .packages;
}

/** Everything that comes with a package by the lock file, itself not: `name@version` ▶ what is locked. */
function shippedWith(folderName: string): Map<string, LockedPackage> {
  const packages = readLock(root);
  const shipped = new Map<string, LockedPackage>();
  const seen = new Set<string>();
  function visit(path: string): void {
    if (seen.has(path)) return;
    seen.add(path);
    const { dependencies, optionalDependencies } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = find(path, name);
      assert.ok(
        found !== null || optionalDependencies?.[name] !== undefined,
        `${name} of ${path} is not locked`,
      );
      if (found === null) continue;
      shipped.set(`${name}@${packages[found]?.version}`, packages[found] ?? {});
      visit(found);
    }
  }
  /** As Node looks for it: in the folder itself, then in each one above. */
  function find(from: string, name: string): string | null {
    for (let at = from; ; at = at.includes('/') ? dirname(at) : '') {
      const candidate = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
      const locked = packages[candidate];
      if (locked?.link === true) return locked.resolved ?? null;
      if (locked !== undefined) return candidate;
      if (at === '') return null;
    }
  }
  visit(folderName);
  return shipped;
}

describe('the packed packages', () => {
  const scope = suiteScope();
  let folder = '';

  before(async () => {
    folder = tempFolder(scope);
    for (const name of ['celery', 'server']) {
      const cwd = join(root, 'packages', name);
      await run('npm', ['pack', '--pack-destination', folder], { cwd, env, timeout: NPM_TIMEOUT_MS });
    }
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    assert.equal(tarballs.length, 2);
    await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`)], {
      cwd: folder,
      env,
      timeout: NPM_TIMEOUT_MS,
    });
  });

  const umbel = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run('npx', ['--no-install', 'umbel', ...args], { cwd: folder, env });

  test('hold compiled code, the licence and a README, and no sources or tests', () => {
    for (const name of ['@umbel/celery', 'umbel']) {
      const installed = join(folder, 'node_modules', name);
      assert.deepEqual(readdirSync(installed).sort(), ['LICENSE', 'README.md', 'dist', 'package.json']);
      const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
      assert.deepEqual(
        files.filter((file) => /\.(test|it|contract)\.|fixtures|(?<!\.d)\.ts$/.test(file)),
        [],
      );
    }
  });

  test('hold a list of their parts: every one that is shipped, as it is locked, and no word about this machine', () => {
    const path = join(folder, 'node_modules/umbel/dist/sbom.cdx.json');
    const sbom = readJson(path) as Sbom;
    const { version } = readJson(join(root, 'packages/server/package.json')) as { version: string };
    assert.equal(sbom['bomFormat'], 'CycloneDX');
    assert.equal(sbom.metadata.component['bom-ref'], `umbel@${version}`);
    const shipped = [...shippedWith('packages/server').keys()].sort();
    assert.ok(shipped.length > 50 && shipped.some((name) => name.startsWith('fastify@')));
    assert.deepEqual(sbom.components.map((part) => `${part.name}@${part.version}`).sort(), shipped);
    const known = new Set([sbom.metadata.component, ...sbom.components].map((part) => part['bom-ref']));
    for (const { ref, dependsOn = [] } of sbom.dependencies)
      for (const name of [ref, ...dependsOn]) assert.ok(known.has(name), name);
    const text = readFileSync(path, 'utf8');
    assert.ok(!text.includes(root) && !text.includes('umbel-workspace'));
    assert.doesNotMatch(text, /"(?:\/|file:)/);
  });

  test('depend on exact versions, and on nothing that runs a script when it is installed', () => {
    for (const name of ['celery', 'server']) {
      const { dependencies } = readJson(join(root, 'packages', name, 'package.json')) as LockedPackage;
      for (const [dependency, range] of Object.entries(dependencies ?? {}))
        assert.match(range, /^\d+\.\d+\.\d+$/, dependency);
    }
    const all = [...shippedWith('packages/server'), ...Object.entries(readLock(folder))];
    assert.deepEqual(
      all.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([name]) => name),
      [],
    );
  });

  test('say version and help', async () => {
    assert.match((await umbel('--version')).stdout, /^umbel \d+\.\d+\.\d+\n$/);
    assert.match((await umbel('--help')).stdout, /--broker/);
  });

  test('refuse a wrong option with exit code 2', async () => {
    await assert.rejects(umbel('--brokr', 'redis://x'), (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 2);
      assert.match(error.stderr, /--broker/);
      return true;
    });
  });

  test('serve: connected, ready, and gone at SIGTERM', async (t) => {
    const redis = await startRedis(t);
    const port = await freePort();
    const server = await startProcess(
      process.execPath,
      [
        join(folder, 'node_modules/umbel/dist/main.js'),
        '--broker',
        redis.url,
        '--port',
        `${port}`,
        '--db',
        join(folder, 'history.sqlite'),
      ],
      { env: { FLOWER_UNAUTHENTICATED_API: 'true' }, cwd: folder },
    );
    t.after(() => server.kill());
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, {
      timeoutMs: 30_000,
      what: () => `/readyz to be ready; Umbel said:\n${server.log()}`,
    });
    const tasks = await fetch(`http://127.0.0.1:${port}/api/tasks`);
    assert.equal(tasks.status, 200);
    await server.stop();
    assert.equal((await server.exited).code, 0);
  });

  test('offer @umbel/celery with its types to other programs', async (t) => {
    writeFileSync(
      join(folder, 'use.ts'),
      "import { openBroker, type Broker } from '@umbel/celery';\nexport const open: (url: string) => Promise<Broker> = (url) => openBroker({ url });\nconsole.log(typeof openBroker);\n",
    );
    const { stdout } = await run(process.execPath, ['use.ts'], { cwd: folder });
    assert.equal(stdout, 'function\n');
    // As a Node program usually has them: the types of Node, and whole libraries checked.
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const tsc = await startProcess(
      join(root, 'node_modules/.bin/tsc'),
      ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', ...types, 'use.ts'],
      { cwd: folder },
    );
    t.after(() => tsc.kill());
    assert.equal((await tsc.exited).code, 0, tsc.log());
  });
});
