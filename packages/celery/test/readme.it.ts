// The README's example, run as it stands there against a real worker; only the address is another one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, startRedis, startWorker, until } from '@umbel/testkit';

const packageFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const README_URL = 'redis://127.0.0.1:6379/0';
/** Keeps the example listening until it is told to stop; then everything it opened must close, or it would not end. */
const STAY = `await new Promise((stop) => process.once('SIGTERM', stop));`;

test('the example of the README watches, asks, commands, sends, reads, and ends', {
  timeout: 120_000,
}, async (t) => {
  const readme = readFileSync(resolve(packageFolder, 'README.md'), 'utf8');
  const example = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
  assert.ok(example.includes(README_URL));
  const redis = await startRedis(t);
  const { hostname } = await startWorker(t, { brokerUrl: redis.url, resultBackend: redis.url });

  const script = `${example.replaceAll(README_URL, redis.url)}\n${STAY}`;
  const run = await startProcess(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', script],
    { cwd: packageFolder },
  );
  t.after(() => run.kill());
  for (const said of [
    `${hostname} pong`,
    `${hostname} { outcome: 'ok', message: '', value: [] }`,
    `${hostname} new rate limit set successfully`,
    'SUCCESS 5 null',
    `task-succeeded ${hostname} `,
  ]) {
    await until(() => run.log().includes(said) || !run.running(), {
      timeoutMs: 60_000,
      what: () => `the example to say "${said}"; it said:\n${run.log()}`,
    });
    assert.ok(run.log().includes(said), run.log());
  }
  assert.doesNotMatch(run.log(), /no_reply|could not be read/);
  run.signal('SIGTERM');
  assert.deepEqual(await run.exited, { code: 0, signal: null });
});
