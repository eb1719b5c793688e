import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attempt, createThrottle, type Throttled } from './throttle.ts';

const isThrottled = (attempt: Attempt | Throttled): attempt is Throttled => 'first' in attempt;

async function isFree(throttle: ReturnType<typeof createThrottle>, address: string, claim: string) {
  const attempt = await throttle.begin(address, claim);
  if (isThrottled(attempt)) return false;
  await attempt.untried();
  return true;
}

test('somebody who is wrong five times has to wait, from this address and for this claim only', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 5; n++) assert.ok(!isThrottled(await throttle.begin('192.0.2.1', 'ada')));
  const sixth = await throttle.begin('192.0.2.1', 'ada');
  assert.ok(isThrottled(sixth) && sixth.first && sixth.retryAfterS > 0 && sixth.retryAfterS <= 300);
  const seventh = await throttle.begin('192.0.2.1', 'ada');
  assert.ok(isThrottled(seventh) && !seventh.first);
  assert.equal(await isFree(throttle, '192.0.2.1', 'bob'), true);
  assert.equal(await isFree(throttle, '192.0.2.2', 'ada'), true);
});

test('a script that is always wrong in the same way does not shut the door for others behind its address', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 500; n++) await throttle.begin('192.0.2.1', 'script');
  assert.equal(await isFree(throttle, '192.0.2.1', 'ada'), true);
});

test('a client that tries name after name has to wait, whatever the name', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 30; n++) assert.ok(!isThrottled(await throttle.begin('192.0.2.1', `name-${n}`)));
  const next = await throttle.begin('192.0.2.1', 'another');
  assert.ok(isThrottled(next) && next.first);
  const more = await throttle.begin('192.0.2.1', 'yet another');
  assert.ok(isThrottled(more) && !more.first);
  assert.equal(await isFree(throttle, '192.0.2.2', 'another'), true);
});

test('another address of the same IPv6 network is the same client', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 31; n++) await throttle.begin(`2001:db8::${n.toString(16)}`, `name-${n}`);
  assert.equal(await isFree(throttle, '2001:db8::ffff', 'ada'), false);
  assert.equal(await isFree(throttle, '2001:db8:0:1::1', 'ada'), true);
});

test('tries at the same time are no more than one after the other', async () => {
  const throttle = createThrottle();
  const attempts = await Promise.all(Array.from({ length: 100 }, () => throttle.begin('192.0.2.1', 'ada')));
  assert.equal(attempts.filter((attempt) => !isThrottled(attempt)).length, 5);
});

test('being right begins anew, and is not held against the client', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 100; n++) {
    const attempt = await throttle.begin('192.0.2.1', 'ada');
    assert.ok(!isThrottled(attempt), String(n));
    await attempt.right();
  }
});

test('being right as one does not buy tries as another', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 30; n++) {
    await throttle.begin('192.0.2.1', `name-${n}`);
    const own = await throttle.begin('192.0.2.1', 'eve');
    if (!isThrottled(own)) await own.right();
  }
  assert.equal(await isFree(throttle, '192.0.2.1', 'ada'), false);
});

test('whether somebody is refused can be asked without counting', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 5; n++) await throttle.begin('192.0.2.1', 'ada');
  for (let n = 0; n < 20; n++) assert.equal(await throttle.refusal('192.0.2.1', 'ada'), null);
  await throttle.begin('192.0.2.1', 'ada');
  const refusal = await throttle.refusal('192.0.2.1', 'ada');
  assert.ok(refusal !== null && !refusal.first);
});

test('after five minutes it is forgotten', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_800_000_000_000 });
  const throttle = createThrottle();
  for (let n = 0; n < 6; n++) await throttle.begin('192.0.2.1', 'ada');
  t.mock.timers.tick(299_000);
  const late = await throttle.begin('192.0.2.1', 'ada');
  assert.ok(isThrottled(late) && late.retryAfterS === 1);
  t.mock.timers.tick(2_000);
  assert.equal(await isFree(throttle, '192.0.2.1', 'ada'), true);
});

test('a client that takes a try back after it was forgotten gains none', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_800_000_000_000 });
  const throttle = createThrottle();
  const early = await throttle.begin('192.0.2.1', 'ada');
  t.mock.timers.tick(301_000);
  assert.ok(!isThrottled(early));
  await early.untried();
  const after = await Promise.all(Array.from({ length: 20 }, () => throttle.begin('192.0.2.1', 'ada')));
  assert.equal(after.filter((attempt) => !isThrottled(attempt)).length, 5);
});

test('sixty thousand addresses do not make it remember more than it may, and newer ones are remembered', async () => {
  const throttle = createThrottle();
  for (let n = 0; n < 60_000; n++) await throttle.begin(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 'ada');
  for (let n = 0; n < 6; n++) await throttle.begin('192.0.2.1', 'ada');
  assert.equal(await isFree(throttle, '192.0.2.1', 'ada'), false);
  assert.ok(throttle.counted() <= 100_000, String(throttle.counted()));
});
