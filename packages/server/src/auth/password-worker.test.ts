import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const isLinux = process.platform === 'linux';

test('the thread that hashes gives way to all others, and takes nobody with it', {
  skip: !isLinux,
}, async () => {
  const before = getPriority(0);
  const worker = new URL('password-worker.ts', import.meta.url).href;
  const thread = new Worker(
    `import(${JSON.stringify(worker)}).then(() => {
      require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority(0));
    });`,
    { eval: true },
  );
  const [priority] = (await once(thread, 'message')) as [number];
  await thread.terminate();
  assert.equal(priority, constants.priority.PRIORITY_LOW);
  assert.equal(getPriority(0), before);
});
