import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError } from '../store/store.ts';
import { createSpareTime } from './spare-time.ts';
import { openUpkeep } from './upkeep.ts';

/**
 * What upkeep does of a store that answers its steps so: `step`, `idle` (a short wait), `wait` (a long one). Ends when everything is answered.
 */
async function watch(answers: readonly (boolean | Error)[], wellness: readonly boolean[] = []) {
  const warnings: string[] = [];
  const doings: string[] = [];
  const left = [...answers];
  const health = [...wellness];
  const over = Promise.withResolvers<void>();
  const upkeep = openUpkeep({
    store: {
      async tidy() {
        doings.push('step');
        const answer = left.shift() ?? false;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    spareTime: { run: (step) => step(), close: () => undefined },
    nowS: () => 1,
    isDue: () => health.shift() ?? true,
    log: { info: () => undefined, warn: (_, text) => warnings.push(text) },
    async pause(ms, signal) {
      doings.push(ms > 2_000 ? 'wait' : 'idle');
      if (left.length > 0) return;
      over.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  await over.promise;
  await upkeep.close();
  return { doings: doings.join(' '), warnings };
}

test('while there is something to do one step follows the other', async () => {
  const { doings } = await watch([true, true, false, false]);
  assert.equal(doings, 'step step step idle step idle');
});

test('a store that fails is left alone for a while, and a mistake is said once', async () => {
  const mistake = new TypeError('a mistake');
  const { doings, warnings } = await watch([new StoreError('full', 'no space left'), mistake, mistake]);
  assert.equal(doings, 'step wait step wait step wait');
  assert.deepEqual(warnings, ['the history cannot be tidied']);
});

test('while events cannot be written nothing is tidied', async () => {
  const { doings } = await watch([false], [false, false, true]);
  assert.equal(doings, 'wait wait step idle');
});

function work(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
}

test('all work behind the events shares one quarter of the thread, and a tenth when there is much to do', async () => {
  for (const [busy, factor] of [
    [false, 3],
    [true, 9],
  ] as const) {
    const doings: string[] = [];
    const pauses: number[] = [];
    const spareTime = createSpareTime(
      () => busy,
      async (ms) => {
        doings.push('pause');
        pauses.push(ms);
      },
    );
    const step = async () => {
      work(5);
      doings.push('step');
    };
    await Promise.all([spareTime.run(step), spareTime.run(step), spareTime.run(step)]);
    assert.equal(doings.join(' '), 'step pause step pause step pause');
    assert.ok(Math.min(...pauses) >= 5 * factor, `${pauses.join(', ')} ms`);
  }
});

test('when it ends nothing waits for its turn', async () => {
  const spareTime = createSpareTime(() => false);
  await spareTime.run(async () => work(200));
  let ran = false;
  const waiting = spareTime.run(async () => {
    ran = true;
  });
  spareTime.close();
  await waiting;
  assert.equal(ran, true);
});
