import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { redisServerPath, until, venvPython } from '@umbel/testkit';

const bootstrap = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

interface Demo {
  output(): string;
  /** Where Umbel answers; empty as long as the demo has not said so. */
  url: () => string;
  get(path: string): Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<unknown[]>;
  pid: number;
  /** Its folder for temporary files. */
  folder: string;
}

/** As `npm run demo` starts it; temporary files go to a folder of the test's own. */
async function startDemo(t: TestContext): Promise<Demo> {
  await Promise.all([venvPython('5.7'), redisServerPath()]); // not part of what is measured in the output here
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const child = spawn(process.execPath, [bootstrap, 'scripts/demo.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: folder,
      XDG_STATE_HOME: folder,
      UMBEL_BROKER: 'redis://not-this-one.invalid',
    },
  });
  t.after(() => void child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const url = (): string => /running at (http:\S+)/.exec(output)?.[1] ?? '';
  return {
    output: () => output,
    url,
    get: async (path) => {
      const response = await fetch(url() + path);
      const text = await response.text();
      assert.equal(response.status, 200, `${path}: ${text}`);
      return JSON.parse(text);
    },
    kill: (signal) => void child.kill(signal),
    exited: once(child, 'close'),
    pid: child.pid ?? 0,
    folder,
  };
}

/** The process and everything that descends from it. */
function family(root: number): number[] {
  const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [pid = 0, ppid] of parents) if (ppid === parent) found.push(pid);
  }
  return found;
}

/** Still there, and not only as an entry that its new parent has not cleared away yet. */
function living(pids: readonly number[]): string[] {
  return pids.flatMap((pid) => {
    try {
      const row = execFileSync('ps', ['-o', 'stat=,args=', '-p', `${pid}`], { encoding: 'utf8' }).trim();
      return row === '' || row.startsWith('Z') ? [] : [`${pid} ${row}`];
    } catch {
      return []; // ps fails when there is none
    }
  });
}

async function assertNothingIsLeft(demo: Demo, pids: readonly number[]): Promise<void> {
  await until(() => living(pids).length === 0, { what: () => `the end of:\n${living(pids).join('\n')}` });
  await until(() => readdirSync(demo.folder).length === 0, {
    what: () => `the end of the files ${readdirSync(demo.folder, { recursive: true }).join()}`,
  });
}

test('the demo shows tasks of every kind, and Ctrl-C ends all of it', async (t) => {
  const demo = await startDemo(t);
  await until(demo.url, { timeoutMs: 120_000, what: () => `the URL; the demo said:\n${demo.output()}` });

  const status = await demo.get('/api/workers?status=1');
  assert.deepEqual(status, { 'orders@shop': { status: 'online' }, 'background@shop': { status: 'online' } });
  interface Tasks {
    tasks: { name: string; state: string; retries: number; worker: string; queue: string }[];
  }
  const wanted: Record<string, (task: Tasks['tasks'][number]) => boolean> = {
    'a finished task': ({ state }) => state === 'SUCCESS',
    'a failed task': ({ state }) => state === 'FAILURE',
    'a retried task': ({ retries, state }) => retries > 0 || state === 'RETRY',
    'a slow task at work': ({ name, state }) => name.endsWith('rebuild_search_index') && state === 'STARTED',
    'the end of a chain': ({ name }) => name === 'shop.mail.send_receipt',
    'a part of a group': ({ name }) => name === 'shop.images.resize',
    'the end of a chord': ({ name, state }) => name === 'shop.reports.sum_sales' && state === 'SUCCESS',
    'a task of the other worker': ({ worker }) => worker === 'background@shop',
  };
  const missing = new Set(Object.keys(wanted));
  await until(
    async () => {
      const { tasks } = (await demo.get('/api/tasks?limit=1000')) as Tasks;
      for (const [what, matches] of Object.entries(wanted)) if (tasks.some(matches)) missing.delete(what);
      return missing.size === 0;
    },
    { timeoutMs: 90_000, everyMs: 300, what: () => [...missing].join(', ') },
  );
  const reply = await fetch(`${demo.url()}/api/task/apply/shop.payments.refund`, {
    method: 'POST',
    body: '{"args": [1, 499]}',
  });
  const applied = (await reply.json()) as { state: string };
  assert.ok(['SUCCESS', 'FAILURE'].includes(applied.state), JSON.stringify(applied));

  const pids = family(demo.pid);
  assert.ok(
    pids.length >= 10,
    'bootstrap, demo, Redis, two workers with two pool processes each, producer, Umbel',
  );
  demo.kill('SIGINT');
  demo.kill('SIGINT');
  const [code] = await demo.exited;
  assert.equal(code, 0, demo.output());
  assert.match(demo.output(), /Everything has ended\.\n$/);
  assert.equal(demo.output().match(/Stopping/g)?.length, 1);
  await assertNothingIsLeft(demo, pids);
});

test('the demo leaves a taken port alone, and SIGTERM and SIGKILL end it too', async (t) => {
  const occupant = createServer().listen(5555, '127.0.0.1');
  // When somebody else has it, all the better.
  await Promise.race([once(occupant, 'listening'), once(occupant, 'error')]).catch(() => undefined);
  t.after(() => void occupant.close());
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const demo = await startDemo(t);
    await until(demo.url, { timeoutMs: 120_000, what: () => `the URL; the demo said:\n${demo.output()}` });
    assert.notEqual(new URL(demo.url()).port, '5555');
    assert.match(demo.output(), /port 5555 is taken/);
    const pids = family(demo.pid);
    demo.kill(signal);
    await demo.exited;
    await assertNothingIsLeft(demo, pids);
  }
});

test('a part that ends by itself ends the demo, which says so', async (t) => {
  const demo = await startDemo(t);
  await until(demo.url, { timeoutMs: 120_000, what: () => `the URL; the demo said:\n${demo.output()}` });
  const pids = family(demo.pid);
  process.kill(Number(/orders@shop \(process (\d+)\)/.exec(demo.output())?.[1]), 'SIGKILL');
  const [code] = await demo.exited;
  assert.equal(code, 1);
  assert.match(demo.output(), /orders@shop ended by itself/);
  await assertNothingIsLeft(demo, pids);
});
