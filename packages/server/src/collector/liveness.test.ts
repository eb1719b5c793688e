import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLagMeter } from './lag-meter.ts';
import { createListeningClock } from './listening-clock.ts';
import { concludeLiveness, silenceLimitS } from './liveness.ts';

const worker = { onlineAt: 100, heartbeatAt: 200, offlineAt: null, freq: 2 };
const online = { status: 'online', offlineReason: null };
const goodbye = { status: 'offline', offlineReason: 'goodbye' };
const silent = { status: 'offline', offlineReason: 'silent' };

test('a worker that is heard is online, one that is silent for more than 20 seconds is not', () => {
  assert.deepEqual(concludeLiveness(worker, 0), online);
  assert.deepEqual(concludeLiveness(worker, 20), online);
  assert.deepEqual(concludeLiveness(worker, 20.1), silent);
});

test('a worker with a slow heartbeat has three beats of time, within reason', () => {
  assert.deepEqual(concludeLiveness({ ...worker, freq: 30 }, 89), online);
  assert.deepEqual(concludeLiveness({ ...worker, freq: 30 }, 91), silent);
  assert.equal(silenceLimitS(1e300), 3600);
  assert.equal(silenceLimitS(-5), 20);
  assert.equal(silenceLimitS(null), 20);
});

test('the newest word counts: goodbye after the last heartbeat, not before a newer greeting', () => {
  assert.deepEqual(concludeLiveness({ ...worker, offlineAt: 201 }, 0), goodbye);
  assert.deepEqual(concludeLiveness({ ...worker, offlineAt: 200 }, 0), goodbye);
  assert.deepEqual(concludeLiveness({ ...worker, offlineAt: 201, onlineAt: 202 }, 0), online);
  assert.deepEqual(concludeLiveness({ ...worker, offlineAt: 201, heartbeatAt: 203 }, 0), online);
  assert.deepEqual(concludeLiveness({ ...worker, offlineAt: 201 }, 1000), goodbye);
});

test('a worker known by its tasks alone is online until it is silent', () => {
  const unheard = { onlineAt: null, heartbeatAt: null, offlineAt: null, freq: null };
  assert.deepEqual(concludeLiveness(unheard, 0), online);
  assert.deepEqual(concludeLiveness(unheard, 21), silent);
});

test('the listening clock runs only while Umbel listens', () => {
  const clock = createListeningClock();
  clock.tick(1000, true);
  clock.tick(2000, true);
  assert.equal(clock.seconds, 1);
  clock.tick(3000, false);
  clock.tick(4000, false);
  clock.tick(5000, true);
  assert.equal(clock.seconds, 1);
  clock.tick(6000, true);
  assert.equal(clock.seconds, 2);
});

test('time in which the process itself was stopped is not counted', () => {
  const clock = createListeningClock();
  clock.tick(0, true);
  clock.tick(1000, true);
  clock.tick(61_000, true);
  assert.equal(clock.seconds, 1);
  clock.tick(62_000, true);
  assert.equal(clock.seconds, 2);
});

test('lag is how much later events arrive than usual, whatever the clocks of the senders say', () => {
  const meter = createLagMeter();
  const offsets = { 'celery@ahead': 3600, 'celery@behind': -86_400, 'celery@right': 0 };
  for (let now = 0; now <= 30; now += 0.5) {
    for (const [name, offset] of Object.entries(offsets)) meter.heard(name, now + offset - 0.01, now);
  }
  assert.ok(meter.lagSeconds(30) < 0.001, `${meter.lagSeconds(30)}`);
  // From here on everything arrives later and later.
  for (let now = 30.5; now <= 50; now += 0.5) {
    const delay = 0.01 + (now - 30) / 2;
    for (const [name, offset] of Object.entries(offsets)) meter.heard(name, now + offset - delay, now);
  }
  const lag = meter.lagSeconds(50);
  assert.ok(lag > 8.5 && lag < 10.5, `${lag}`);
});

test('one late sender among others that are in time is no lag, and neither is silence nor a new sender', () => {
  const meter = createLagMeter();
  for (let now = 0; now <= 20; now += 0.5) {
    meter.heard('celery@a', now, now);
    meter.heard('celery@b', now, now);
  }
  meter.heard('celery@a', 20.5, 20.5);
  meter.heard('celery@b', 1, 20.6);
  assert.ok(meter.lagSeconds(20.6) < 0.001);
  meter.heard('celery@b', 1, 22.8);
  meter.heard('celery@new', 22.9, 22.9);
  assert.ok(meter.lagSeconds(22.9) > 20);
  assert.equal(meter.lagSeconds(30), 0);
});
