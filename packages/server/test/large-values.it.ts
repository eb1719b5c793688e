// Tasks that put far more into their events than anybody will read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis, until } from '@umbel/testkit';
import { publishEvents } from './attacks/publish-events.ts';
import { startUmbel } from './start-umbel.ts';

interface LargeTask {
  readonly args?: unknown;
  readonly args_truncated?: boolean;
  readonly result?: unknown;
  readonly result_truncated?: boolean;
  readonly traceback?: string;
  readonly exception?: string;
}

interface Ready {
  readonly events?: { readonly undecodable?: Readonly<Record<string, number>> };
}

test('values beyond --max-value-size are cut and marked, and an event of 20 or 50 MB does not hurt', {
  timeout: 120_000,
}, async (t) => {
  const redis = await startRedis(t);
  const umbel = await startUmbel(t, { broker: redis.url, args: ['--max-value-size', '2kB'] });
  const read = async (uuid: string) => {
    const reply = await umbel.get<LargeTask>(`/api/task/info/${uuid}`);
    return reply.status === 200 && reply.json;
  };
  const arrived = (uuid: string) => until(() => read(uuid), { timeoutMs: 20_000, what: uuid });

  const filler = 'ä'.repeat(50_000);
  await publishEvents(redis, [
    { type: 'task-received', uuid: 'large', name: 'shop.export', args: `('${filler}',)`, kwargs: '{}' },
    { type: 'task-succeeded', uuid: 'large', result: `'${filler}'`, runtime: 1 },
    { type: 'task-failed', uuid: 'broken', exception: `E('${filler}')`, traceback: `Traceback\n${filler}` },
    { type: 'task-received', uuid: 'small', name: 'shop.add', args: "('ä', 2)", kwargs: '{}' },
  ]);
  await arrived('small');
  const large = await arrived('large');
  const kept = 'ä'.repeat(999);
  assert.deepEqual([large.args, large.args_truncated], [`('${kept}... [cut, 100005 bytes]`, true]);
  assert.deepEqual([large.result, large.result_truncated], [`'${kept}... [cut, 100002 bytes]`, true]);
  const broken = await arrived('broken');
  assert.equal(broken.exception, `E('${kept.slice(1)}... [cut, 100005 bytes]`);
  assert.match(broken.traceback ?? '', /^Traceback\nä{995}\.\.\. \[cut, 100010 bytes\]$/);
  const small = await arrived('small');
  assert.deepEqual([small.args, small.args_truncated], [['ä', 2], undefined]);

  const tooLarge = async () => {
    const ready = await umbel.get<Ready>('/readyz');
    return ready.json.events?.undecodable?.['too_large'] ?? 0;
  };
  await publishEvents(redis, [
    { type: 'task-received', uuid: 'huge', name: 'shop.export', args: 'x'.repeat(20_000_000), kwargs: '{}' },
    { type: 'task-received', uuid: 'next', name: 'shop.add', args: '(1, 2)', kwargs: '{}' },
  ]);
  await arrived('next');
  assert.equal((await umbel.get('/api/task/info/huge')).status, 404);
  await until(async () => (await tooLarge()) === 1, { timeoutMs: 5_000, what: 'the refused event, counted' });

  // Redis itself ends the connection of a subscriber that more than 32 MB wait for; nothing that is published until it is back
  // can reach anybody.
  await publishEvents(redis, [{ type: 'task-received', uuid: 'vast', args: 'x'.repeat(50_000_000) }]);
  let attempt = 0;
  await until(
    async () => {
      const uuid = `after-${attempt++}`;
      await publishEvents(redis, [{ type: 'task-received', uuid, name: 'shop.add', args: '(1, 2)' }]);
      const { json } = await umbel.get('/api/tasks?taskname=shop.add&limit=0');
      return (json.total ?? 0) > 2;
    },
    { timeoutMs: 20_000, everyMs: 250, what: 'events after an event of 50 MB' },
  );
  assert.equal((await umbel.get('/readyz')).status, 200);
});
