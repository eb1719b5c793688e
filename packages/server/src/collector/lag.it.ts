// Events that arrive later and later: the collector says how late, and again when it has caught up.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBroker } from '@umbel/celery';
import { startRedis, until } from '@umbel/testkit';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { folderFor } from '../../test/collector/running-collector.ts';
import { openSqliteHistory } from '../store/sqlite/open-history.ts';
import { openCollector } from './open-collector.ts';
import { createSteadyClock } from './steady-clock.ts';

test('events that come late are a lag in the status and in the log, and no worker goes offline meanwhile', async (t) => {
  const redis = await startRedis(t);
  const lines: string[] = [];
  const log = {
    info: (_: object, text: string) => lines.push(text),
    warn: (_: object, text: string) => lines.push(text),
  };
  await using store = await openSqliteHistory({ path: join(folderFor(t), 'umbel.db'), log });
  await using broker = await openBroker({ url: redis.url, log });
  let nowS = 1_000_000;
  const clock = createSteadyClock({ log, wall: () => nowS * 1_000 });
  await using collector = await openCollector({ broker, store, log, clock });
  await until(() => collector.status().events.connected, { what: 'the collector to be connected' });
  const client = redis.client();
  /** An event that was made so many seconds before it arrives. */
  const hear = async (agoS: number) => {
    const before = collector.status().events.received;
    const event = { type: 'worker-heartbeat', hostname: 'celery@w', utcoffset: 0, pid: 1, clock: 1, freq: 2 };
    await publishEvents(client, [{ ...event, timestamp: nowS - agoS }]);
    await until(() => collector.status().events.received > before, { what: 'the event to arrive' });
  };
  const said = (part: string) => lines.some((line) => line.includes(part));

  await hear(0);
  nowS += 12;
  await hear(0);
  assert.ok(collector.status().events.lagSeconds < 1);
  nowS += 3;
  await hear(40);
  assert.ok(Math.abs(collector.status().events.lagSeconds - 40) < 1);
  await until(() => said('is behind the events'), { what: 'the lag in the log' });
  // Behind, silence is not the worker's: half an hour passes.
  nowS += 1_800;
  await hear(40);
  assert.deepEqual(
    (await store.workers()).map(({ status }) => status),
    ['online'],
  );
  nowS += 3;
  await hear(0);
  await until(() => said('has caught up'), { what: 'the end of the lag in the log' });
});
