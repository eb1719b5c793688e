import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { endThread } from './end-thread.ts';

/** Starts a thread that runs `onClose` when it is told to close, and answers what ending it told. */
async function end(onClose: string, timeoutMs: number): Promise<string[]> {
  const code = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', () => { ${onClose} });
    parentPort.postMessage('ready');`;
  const worker = new Worker(code, { eval: true });
  await once(worker, 'message');
  const told: string[] = [];
  await endThread(worker, {
    timeoutMs,
    onLate: () => told.push('late'),
    onError: (error) => told.push(String(error)),
  });
  assert.equal(worker.threadId, -1);
  return told;
}

test('a thread that closes when it is told to is waited for', async () => {
  assert.deepEqual(await end('parentPort.close();', 60_000), []);
});

test('a thread that fails while it closes is told of, and nothing waits on', async () => {
  assert.deepEqual(await end("throw new Error('no space left')", 60_000), ['Error: no space left']);
});

test('a thread that does not close in time is ended', async () => {
  assert.deepEqual(await end('', 50), ['late']);
});
