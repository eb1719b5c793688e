// Every command by its effect in real Celery workers, over Redis and over RabbitMQ.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { missing, startRabbit, startRedis, suiteScope, type TestScope, until } from '@umbel/testkit';
import {
  ok,
  openThreeWorkers,
  type Stats,
  type ThreeWorkers,
  TIMEOUT_MS,
} from '../../test/control/three-workers.ts';
import { sendTask } from '../send/send-task.ts';
import * as commands from './commands.ts';
import { inspectWorkers } from './inspect.ts';
import * as inspect from './inspect-commands.ts';
import type { Answer } from './reply-text.ts';

const TEST = { timeout: 60_000 };

interface TaskInfo {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

function testCommands(
  transport: string,
  skip: string | false,
  startBroker: (scope: TestScope) => Promise<string>,
): void {
  describe(`control over ${transport}`, { skip }, () => {
    const scope = suiteScope();
    let celery: ThreeWorkers;

    before(
      async () => {
        celery = await openThreeWorkers(scope, await startBroker(scope));
      },
      { timeout: 180_000 },
    );

    test('everybody answers a ping, and a call ends when all expected have', TEST, async () => {
      const { mailbox, prefork, scaled, old } = celery;
      const expected = [prefork.hostname, scaled.hostname, old.hostname];
      const replies = await mailbox.ask({
        ...inspect.ping(),
        destination: null,
        expected,
        timeoutMs: TIMEOUT_MS,
      });
      assert.deepEqual([...replies.keys()].sort(), expected.sort());
      for (const reply of replies.values()) assert.deepEqual(reply, { ok: 'pong' });
    });

    test('only the addressed worker answers', TEST, async () => {
      const { mailbox, scaled } = celery;
      const destination = [scaled.hostname, 'nobody@nowhere'];
      const replies = await mailbox.ask({ ...inspect.ping(), destination, expected: null, timeoutMs: 1_500 });
      assert.deepEqual([...replies.keys()], [scaled.hostname]);
    });

    test(
      'all inspect commands are answered by workers new and old, sorted by worker and method',
      TEST,
      async () => {
        const { mailbox, prefork, old } = celery;
        const workers = [prefork.hostname, old.hostname];
        const requests = [
          inspect.ping(),
          inspect.stats(),
          inspect.conf(),
          inspect.registered({ builtins: true }),
          inspect.active(),
          inspect.reserved(),
          inspect.scheduled(),
          inspect.revoked(),
          inspect.activeQueues(),
          inspect.report(),
          inspect.queryTask(['none']),
          inspect.clock(),
        ];
        const answers = await inspectWorkers(mailbox, workers, requests, { timeoutMs: TIMEOUT_MS });
        assert.deepEqual([...answers.keys()], workers);
        for (const [worker, byMethod] of answers) {
          assert.deepEqual(
            [...byMethod.keys()],
            requests.map((r) => r.method),
          );
          const value = (method: string): unknown => {
            const answer = byMethod.get(method);
            assert.ok(answer?.outcome === 'ok', `${worker} ${method} ${JSON.stringify(answer)}`);
            return answer.value;
          };
          assert.equal(value('ping'), 'pong');
          assert.equal(typeof (value('stats') as { pid: number }).pid, 'number');
          assert.ok(JSON.stringify(value('conf')).includes('broker_url'));
          assert.ok((value('registered') as string[]).includes('shop.add'));
          assert.ok((value('registered') as string[]).includes('celery.chord'));
          for (const method of ['active', 'reserved', 'scheduled', 'revoked'])
            assert.deepEqual(value(method), []);
          const [queue] = value('active_queues') as { name: string }[];
          assert.equal(queue?.name, worker === old.hostname ? 'old' : 'main');
          assert.match(value('report') as string, /software/);
          assert.deepEqual(value('query_task'), {});
          assert.equal(typeof (value('clock') as { clock: number }).clock, 'number');
        }
      },
    );

    test(
      'a running task is active with its arguments, a waiting one reserved, one with an eta scheduled',
      TEST,
      async () => {
        const { events, prefork, ask, valueOf, send, event } = celery;
        const running = await Promise.all([1, 2].map(() => send('shop.sleep', [300], 'main')));
        await Promise.all(running.map((id) => event('task-started', id)));
        const waiting = await send('shop.add', [1, 2], 'main');
        await event('task-received', waiting);
        const later = await send('shop.add', [3, 4], 'main', Date.now() + 3_600_000);
        await event('task-received', later);

        const active = await valueOf<TaskInfo[]>(inspect.active(), prefork);
        assert.deepEqual(active.map(({ id }) => id).sort(), running.sort());
        assert.deepEqual([active[0]?.name, active[0]?.args], ['shop.sleep', [300]]);
        const [safe] = await valueOf<TaskInfo[]>(inspect.active({ safe: true }), prefork);
        assert.equal(safe?.args, '(300,)');
        assert.ok((await valueOf<TaskInfo[]>(inspect.reserved(), prefork)).some(({ id }) => id === waiting));
        const scheduled = await valueOf<{ eta: string; request: TaskInfo }[]>(inspect.scheduled(), prefork);
        assert.deepEqual(
          scheduled.map(({ request }) => request.id),
          [later],
        );
        const found = await valueOf<Record<string, [string]>>(
          inspect.queryTask([...running, later, 'none']),
          prefork,
        );
        assert.equal(found[running[0] ?? '']?.[0], 'active');
        assert.equal(found['none'], undefined);

        // Revoked, the waiting task never starts; terminated, the running ones end at once.
        const answer = await ask(commands.revoke([waiting]), prefork);
        assert.match(answer.message, /flagged as revoked/);
        assert.deepEqual(await valueOf(inspect.revoked(), prefork), [waiting]);
        const killed = await ask(commands.revoke(running, { terminate: true, signal: 'SIGKILL' }), prefork);
        assert.match(killed.message, /^terminate: /);
        for (const id of running) {
          const revoked = await event('task-revoked', id);
          assert.equal(revoked['terminated'], true);
          assert.equal(revoked['signum'], 9);
        }
        await event('task-revoked', waiting);
        assert.ok(!events.some((e) => e.type === 'task-started' && e['uuid'] === waiting));
        await until(async () => (await valueOf<TaskInfo[]>(inspect.active(), prefork)).length === 0, {
          what: 'nothing to be active',
        });
      },
    );

    test('an old worker revokes a waiting task', TEST, async () => {
      const { events, old, ask, send, event } = celery;
      const id = await send('shop.add', [1, 1], 'old', Date.now() + 1_500);
      await event('task-received', id);
      const answer = await ask(commands.revoke([id]), old);
      assert.match(answer.message, new RegExp(`tasks .*${id}.* flagged as revoked`));
      await event('task-revoked', id);
      assert.ok(!events.some((e) => e.type === 'task-started' && e['uuid'] === id));
    });

    test('a pool grows, shrinks and restarts', TEST, async () => {
      const { prefork, scaled, ask, send, event, processes } = celery;
      const count = async (n: number): Promise<number[]> =>
        until(
          async () => {
            const now = await processes(prefork);
            return now.length === n && now;
          },
          { what: `${n} processes` },
        );
      await count(2);
      assert.deepEqual(await ask(commands.poolGrow(2), prefork), ok('pool will grow'));
      await count(4);
      assert.deepEqual(await ask(commands.poolShrink(2), prefork), ok('pool will shrink'));
      const former = await count(2);
      assert.deepEqual(await ask(commands.poolRestart(), prefork), ok('reload started'));
      // A process ends when it next looks at its orders: one at once, the others with their next task.
      await until(
        async () => {
          await event('task-succeeded', await send('shop.add', [1, 1], 'main'));
          return (await processes(prefork)).some((pid) => !former.includes(pid));
        },
        { what: 'another process', timeoutMs: 40_000 },
      );
      const refused = await ask(commands.poolRestart(), scaled);
      assert.deepEqual(refused, { outcome: 'error', message: "ValueError('Pool restarts not enabled')" });
    });

    test(
      'autoscale sets the bounds of a worker that has it, and growing is refused there',
      TEST,
      async () => {
        const { prefork, scaled, ask, valueOf, processes } = celery;
        assert.deepEqual(await ask(commands.autoscale(2, 5), scaled), ok('autoscale now max=5 min=2'));
        const { autoscaler } = await valueOf<Stats>(inspect.stats(), scaled);
        assert.deepEqual([autoscaler?.max, autoscaler?.min], [5, 2]);
        await until(async () => (await processes(scaled)).length === 2, { what: 'two processes' });
        assert.equal((await ask(commands.poolGrow(), scaled)).outcome, 'error');
        assert.deepEqual(await ask(commands.autoscale(1, 2), prefork), {
          outcome: 'error',
          message: "ValueError('Autoscale not enabled')",
        });
      },
    );

    test('a rate limit is seen in the registered task and taken away again', TEST, async () => {
      const { prefork, ask, valueOf } = celery;
      const limits = async (): Promise<string> =>
        (await valueOf<string[]>(inspect.registered({ items: ['rate_limit'] }), prefork))
          .filter((text) => text.startsWith('shop.limited'))
          .join();
      assert.equal(await limits(), 'shop.limited [rate_limit=100/m]');
      const set = (limit: string | number | null): Promise<Answer> =>
        ask(commands.rateLimit('shop.limited', limit), prefork);
      assert.deepEqual(await set('7/m'), ok('new rate limit set successfully'));
      assert.equal(await limits(), 'shop.limited [rate_limit=7/m]');
      assert.deepEqual(await set(2.5), ok('new rate limit set successfully'));
      assert.equal(await limits(), 'shop.limited [rate_limit=2.5]');
      for (const off of ['0', '0/m', 0, null]) {
        assert.deepEqual(await set(off), ok('rate limit disabled successfully'), String(off));
      }
      const unknown = await ask(commands.rateLimit('shop.nosuch', '1/s'), prefork);
      assert.deepEqual(unknown, { outcome: 'error', message: 'unknown task' });
    });

    test('every rate limit that is accepted here is accepted by the worker', TEST, async () => {
      const { prefork, ask } = celery;
      for (const limit of ['1/s', '0.5/h', '999999999', '12.25/m', 1e-7, 999_999_999]) {
        const answer = await ask(commands.rateLimit('shop.limited', limit), prefork);
        assert.deepEqual(answer, ok('new rate limit set successfully'), String(limit));
      }
      await ask(commands.rateLimit('shop.limited', '100/m'), prefork);
    });

    test('a time limit is accepted for a known task, and holds after the pool’s restart', TEST, async () => {
      const { prefork, ask, send, event } = celery;
      const set = (name: string, softS: number | null, hardS: number | null): Promise<Answer> =>
        ask(commands.timeLimit(name, { softS, hardS }), prefork);
      assert.deepEqual(await set('shop.nosuch', 1, 2), { outcome: 'error', message: 'unknown task' });
      assert.deepEqual(await set('shop.sleep', 0.5, 10), ok('time limits set successfully'));
      // The restart makes the worker look at the limits again, before it answers.
      assert.deepEqual(await ask(commands.poolRestart(), prefork), ok('reload started'));
      const id = await send('shop.sleep', [60], 'main');
      const failed = await event('task-failed', id);
      assert.match(String(failed['exception']), /SoftTimeLimitExceeded/);
      assert.deepEqual(await set('shop.sleep', null, null), ok('time limits set successfully'));
    });

    test('a queue is consumed after add-consumer and no longer after cancel-consumer', TEST, async () => {
      const { broker, prefork, ask, send, event, queuesOf } = celery;
      for (const queue of [`extra-${randomUUID()}`, 'ä queue/#1']) {
        assert.deepEqual(await ask(commands.addConsumer(queue), prefork), ok(`add consumer ${queue}`));
        await until(async () => (await queuesOf(prefork)).includes(queue), {
          what: `${queue} to be consumed`,
        });
        await event('task-succeeded', await send('shop.add', [1, 1], queue));
        assert.deepEqual(
          await ask(commands.cancelConsumer(queue), prefork),
          ok(`no longer consuming from ${queue}`),
        );
        await until(async () => !(await queuesOf(prefork)).includes(queue), { what: `${queue} to be left` });
      }
      const options = { exchange: 'goods', exchangeType: 'topic', routingKey: 'goods.#' } as const;
      await ask(commands.addConsumer('goods', options), prefork);
      await until(async () => (await queuesOf(prefork)).includes('goods'), { what: 'goods to be consumed' });
      const id = await sendTask(broker, {
        name: 'shop.add',
        args: [1, 1],
        exchange: 'goods',
        routingKey: 'goods.small',
      });
      await event('task-succeeded', id);
      await ask(commands.cancelConsumer('goods'), prefork);
    });

    test('task events are switched on and off in a worker without -E', TEST, async () => {
      const { scaled, ask, send, event } = celery;
      assert.deepEqual(await ask(commands.disableEvents(), scaled), ok('task events already disabled'));
      assert.deepEqual(await ask(commands.enableEvents(), scaled), ok('task events enabled'));
      await event('task-succeeded', await send('shop.add', [1, 1], 'scaled'));
      assert.deepEqual(await ask(commands.enableEvents(), scaled), ok('task events already enabled'));
      assert.deepEqual(await ask(commands.disableEvents(), scaled), ok('task events disabled'));
    });

    test('a heartbeat is sent when asked for', TEST, async () => {
      const { events, old, ask } = celery;
      const seen = events.length;
      assert.deepEqual(await ask(commands.heartbeat(), old), { outcome: 'ok', message: '', value: null });
      await until(
        () => events.slice(seen).some((e) => e.type === 'worker-heartbeat' && e.hostname === old.hostname),
        { what: 'the heartbeat' },
      );
    });

    test('a method that no worker has is an error of the worker', TEST, async () => {
      const { prefork, ask } = celery;
      const answer = await ask({ method: 'nosuch', arguments: {} }, prefork);
      assert.deepEqual(answer, { outcome: 'error', message: "KeyError('nosuch')" });
    });

    test('a shutdown ends the addressed worker and no other', TEST, async () => {
      const { mailbox, prefork, scaled, old, valueOf } = celery;
      await mailbox.tell({ ...commands.shutdown(), destination: [scaled.hostname] });
      await scaled.exited;
      assert.equal(scaled.running(), false);
      assert.deepEqual([prefork.running(), old.running()], [true, true]);
      assert.equal(await valueOf(inspect.ping(), prefork), 'pong');
    });
  });
}

testCommands('Redis', await missing('redis', 'celery'), async (scope) => (await startRedis(scope)).url);
testCommands('RabbitMQ', await missing('rabbit', 'celery'), async (scope) => (await startRabbit(scope)).url);
