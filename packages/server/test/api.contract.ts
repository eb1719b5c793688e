// Every endpoint of the REST API against real Celery workers, by its effect in them; run for each broker, with workers of
// the newest Celery and of an old one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CeleryVersion, type CeleryWorker, startWorker, type TestScope, until } from '@umbel/testkit';
import {
  type Reply,
  type ReplyBody,
  startUmbel,
  type TaskBody,
  type UmbelProcess,
  type WorkerBody,
} from './start-umbel.ts';

export interface Servers {
  readonly broker: string;
  readonly resultBackend: string;
}

type Workers = Record<string, WorkerBody>;

/** Long enough for a loaded machine; a test that waits this long has failed. */
const PATIENCE_MS = 30_000;

/** Registers the suite. `open` starts the servers. */
export function apiContract(
  name: string,
  celery: CeleryVersion,
  open: (t: TestScope) => Promise<Servers>,
): void {
  test(`the REST API on ${name} with workers of Celery ${celery}`, { timeout: 300_000 }, async (t) => {
    const servers = await open(t);
    const conf = JSON.stringify({ worker_pool_restarts: true, worker_prefetch_multiplier: 1 });
    const launch = {
      celery,
      brokerUrl: servers.broker,
      resultBackend: servers.resultBackend,
      env: { CELERY_CONF: conf },
    };
    const [prefork, solo, scaling] = await Promise.all([
      startWorker(t, { ...launch, name: 'prefork@test', pool: 'prefork', concurrency: 2, events: false }),
      startWorker(t, { ...launch, name: 'solo@test', pool: 'solo', queues: ['emails'] }),
      startWorker(t, {
        ...launch,
        name: 'scaling@test',
        pool: 'prefork',
        queues: ['scaled'],
        args: ['--autoscale=3,1'],
      }),
    ]);
    const umbel = await startUmbel(t, { broker: servers.broker, resultBackend: servers.resultBackend });
    const api = createCalls(umbel);

    await t.test('workers are complete without anybody asking for a refresh', async () => {
      const workers = await until(
        async () => {
          const { json } = await umbel.get<Workers>('/api/workers');
          return (
            [prefork, solo, scaling].every(
              (worker) =>
                json[worker.hostname]?.stats !== undefined && json[worker.hostname]?.load?.length === 3,
            ) && json
          );
        },
        { timeoutMs: PATIENCE_MS, what: 'all three workers with their stats' },
      );
      const worker = workers[prefork.hostname];
      assert.equal(worker?.status, 'online');
      assert.equal(worker?.active, 0);
      assert.equal(worker?.processed, 0);
      assert.equal(worker?.load?.length, 3);
      assert.ok(worker?.registered?.includes('shop.add'));
      assert.deepEqual(
        worker?.active_queues?.map((queue) => queue.name),
        ['celery'],
      );
      assert.equal(worker?.concurrency, 2);
      assert.equal(worker?.stats?.pid, prefork.pid);
    });

    await t.test('the worker list can be narrowed to states or to one name', async () => {
      const states = await umbel.get<Workers>('/api/workers?status=1');
      assert.deepEqual(states.json[solo.hostname], { status: 'online' });
      const one = await umbel.get<Workers>(
        `/api/workers?refresh=1&workername=${encodeURIComponent(solo.hostname)}`,
      );
      assert.deepEqual(Object.keys(one.json), [solo.hostname]);
      expectError(await umbel.get('/api/workers?workername=nobody@test'), 404, /nobody@test/);
    });

    await t.test('apply waits for the result', async () => {
      const reply = await umbel.post('/api/task/apply/shop.add', { args: [2, 3] });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.json.state, 'SUCCESS');
      assert.equal(reply.json.result, 5);
      const info = await api.ended(reply.json['task-id']);
      assert.deepEqual(
        [info.name, info.state, info.args, info.kwargs, info.result, info.worker, info.retries],
        ['shop.add', 'SUCCESS', [2, 3], {}, 5, prefork.hostname, 0],
      );
      for (const field of ['received', 'started', 'succeeded', 'runtime'] as const)
        assert.equal(typeof info[field], 'number', field);
    });

    await t.test('the documented body is read as JSON also under a form content type', async () => {
      const reply = await umbel.post('/api/task/apply/shop.add', '{"args": [1], "kwargs": {"y": 2}}', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      assert.equal(reply.json.result, 3, reply.text);
    });

    await t.test('integers beyond 2^53 and floats arrive and come back exactly', async () => {
      const value = '[9007199254740993, 1180591620717411303424, 1.0, 0.1, -0.0, "ü☃", null]';
      const reply = await umbel.post('/api/task/apply/shop.same', `{"args": [${value}]}`);
      assert.match(
        reply.text.replaceAll(' ', ''),
        /"result":\[9007199254740993,1180591620717411303424,1\.0,0\.1,-0\.0,"ü☃",null\]/,
      );
      await api.ended(reply.json['task-id']);
      const info = await umbel.get(`/api/task/info/${reply.json['task-id']}`);
      assert.match(info.text.replaceAll(' ', ''), /"args":\[\[9007199254740993,1180591620717411303424,1\.0,/);
      const stored = await umbel.get(`/api/task/result/${reply.json['task-id']}`);
      assert.match(stored.text.replaceAll(' ', ''), /"result":\[9007199254740993,/);
    });

    await t.test('results that JSON has no word for are no server error', async () => {
      for (const [kind, shown] of [
        ['nan', /^NaN$/],
        ['infinity', /^Infinity$/],
        ['datetime', /^2026-01-02T03:04:05/],
      ] as const) {
        const reply = await umbel.post('/api/task/apply/shop.odd', { args: [kind] });
        assert.equal(reply.json.state, 'SUCCESS', reply.text);
        assert.match(String(reply.json.result), shown);
        await api.ended(reply.json['task-id']);
        assert.equal((await umbel.get('/api/tasks?taskname=shop.odd')).status, 200);
      }
    });

    await t.test('a task that expires before a worker is free never runs', async () => {
      await umbel.post('/api/task/async-apply/shop.sleep', { args: [2], queue: 'emails' });
      const late = await umbel.post('/api/task/async-apply/shop.add', {
        args: [1, 1],
        queue: 'emails',
        expires: 0.5,
      });
      const info = await api.ended(late.json['task-id']);
      assert.deepEqual([info.state, info.started], ['REVOKED', null]);
    });

    await t.test('a failing task is a normal answer of apply', async () => {
      const reply = await umbel.post('/api/task/apply/shop.fail', { args: ['out of stock'] });
      assert.equal(reply.status, 200);
      assert.equal(reply.json.state, 'FAILURE');
      assert.match(JSON.stringify(reply.json.result), /out of stock/);
      assert.match(reply.json.traceback ?? '', /ValueError: out of stock/);
      const info = await api.ended(reply.json['task-id']);
      assert.match(info.exception ?? '', /ValueError/);
    });

    await t.test('apply that takes too long is 504 and names the task', async () => {
      const reply = await umbel.post('/api/task/apply/shop.sleep?timeout=0.5', { args: [2] });
      assert.equal(reply.status, 504, reply.text);
      assert.match(reply.text, /[0-9a-f]{8}-[0-9a-f]{4}-/);
    });

    await t.test('a name that no worker has registered is 404, and send-task has no such check', async () => {
      expectError(await umbel.post('/api/task/apply/shop.nope', { args: [] }), 404, /shop\.nope/);
      expectError(await umbel.post('/api/task/async-apply/shop.nope', { args: [] }), 404, /shop\.nope/);
      const sent = await umbel.post('/api/task/send-task/shop.nope', { args: [] });
      assert.equal(sent.status, 200);
      const info = await api.ended(sent.json['task-id']);
      assert.equal(info.state, 'FAILURE');
      assert.match(info.exception ?? '', /NotRegistered/);
      expectError(
        await umbel.post(`/api/task/send-task/${'x'.repeat(1_001)}`, { args: [] }),
        400,
        /1000 bytes/,
      );
    });

    await t.test('send-task reaches the queue that it names', async () => {
      const sent = await umbel.post('/api/task/send-task/shop.add', { args: [1, 1], queue: 'emails' });
      assert.equal((await api.ended(sent.json['task-id'])).worker, solo.hostname);
    });

    await t.test('a retried task counts its retries and keeps its history', async () => {
      const reply = await umbel.post('/api/task/apply/shop.retry_then_succeed', { args: [2, 0.1] });
      assert.equal(reply.json.result, 2, reply.text);
      const info = await api.ended(reply.json['task-id']);
      assert.equal(info.retries, 2);
      const states = info.history?.map((entry) => entry.state) ?? [];
      assert.equal(states.filter((state) => state === 'RETRY').length, 2, states.join(' '));
    });

    await t.test('an eta is carried to the worker, and its task id is used once', async () => {
      const eta = new Date(Date.now() + 3_600_000).toISOString();
      const later = await umbel.post('/api/task/async-apply/shop.add', {
        args: [1, 1],
        eta,
        task_id: 'waits-an-hour',
      });
      assert.equal(later.json['task-id'], 'waits-an-hour', later.text);
      const info = await api.info('waits-an-hour', (task) => task.state === 'RECEIVED');
      assert.equal(Date.parse(info.eta ?? ''), Date.parse(eta));
      expectError(
        await umbel.post('/api/task/async-apply/shop.add', { args: [1, 1], task_id: 'waits-an-hour' }),
        409,
        /waits-an-hour/,
      );
    });

    await t.test('revoke keeps a waiting task from running', async () => {
      await umbel.post('/api/task/async-apply/shop.sleep', { args: [2], queue: 'emails' });
      const waiting = await umbel.post('/api/task/async-apply/shop.add', {
        args: [1, 1],
        queue: 'emails',
        countdown: 3,
      });
      const id = waiting.json['task-id'];
      await api.info(id, (task) => task.state === 'RECEIVED');
      const revoked = await umbel.post(`/api/task/revoke/${id}`);
      assert.equal(revoked.status, 200, revoked.text);
      assert.equal((await api.ended(id)).state, 'REVOKED');
    });

    await t.test('revoke with terminate ends a running task', async () => {
      const running = await umbel.post('/api/task/async-apply/shop.sleep', { args: [120] });
      const id = running.json['task-id'];
      await api.info(id, (task) => task.state === 'STARTED');
      assert.equal((await umbel.get(`/api/task/result/${id}`)).json.state, 'STARTED');
      expectError(await umbel.post(`/api/task/revoke/${id}?terminate=true&signal=SIGNOPE`), 400, /signal/);
      assert.equal((await umbel.post(`/api/task/revoke/${id}?terminate=true&signal=SIGKILL`)).status, 200);
      const info = await api.ended(id);
      assert.equal(info.state, 'REVOKED');
    });

    await t.test('abort tells an abortable task to stop', async () => {
      const running = await umbel.post('/api/task/async-apply/shop.abortable', { args: [60] });
      const id = running.json['task-id'];
      await api.info(id, (task) => task.state === 'STARTED');
      assert.equal((await umbel.post(`/api/task/abort/${id}`)).status, 200);
      const result = await umbel.get(`/api/task/result/${id}?timeout=20`);
      assert.equal(result.json.result, 'aborted', result.text);
    });

    await t.test('a result wait ends when the task ends, and at once when it already has', async () => {
      const running = await umbel.post('/api/task/async-apply/shop.sleep', { args: [1] });
      const waited = await umbel.get(`/api/task/result/${running.json['task-id']}?timeout=30`);
      assert.deepEqual([waited.json.state, waited.json.result], ['SUCCESS', 1]);
      const again = await umbel.get(`/api/task/result/${running.json['task-id']}?timeout=30`);
      assert.equal(again.json.state, 'SUCCESS');
      for (const query of ['', '?timeout=0.0005']) {
        assert.deepEqual((await umbel.get(`/api/task/result/unknown-id${query}`)).json, {
          'task-id': 'unknown-id',
          state: 'PENDING',
        });
      }
    });

    await t.test('the pool grows and shrinks', async () => {
      const path = (verb: string) => `/api/worker/pool/${verb}/${prefork.hostname}?n=1`;
      const size = async () => (await api.worker(prefork)).stats?.pool?.processes?.length;
      assert.equal((await umbel.post(path('grow'))).status, 200);
      assert.equal(await api.settles(size, 3), 3);
      assert.equal((await umbel.post(path('shrink'))).status, 200);
      assert.equal(await api.settles(size, 2), 2);
      // Celery starts processes later than it says so; they count already.
      assert.equal((await umbel.post(path('grow').replace('n=1', 'n=2'))).status, 200);
      assert.equal((await umbel.post(path('shrink').replace('n=1', 'n=2'))).status, 200);
      expectError(await umbel.post(path('shrink').replace('n=1', 'n=2')), 409, /at least one must stay/);
      assert.equal(await api.settles(size, 2), 2);
      expectError(await umbel.post(`/api/worker/pool/grow/${prefork.hostname}?n=many`), 400, /n/);
      expectError(await umbel.post('/api/worker/pool/grow/nobody@test?n=1'), 404, /nobody@test/);
    });

    await t.test('the pool restarts with new processes', async () => {
      const pids = async () => JSON.stringify((await api.worker(prefork)).stats?.pool?.processes);
      const before = await pids();
      assert.equal((await umbel.post(`/api/worker/pool/restart/${prefork.hostname}`)).status, 200);
      await until(async () => (await pids()) !== before, {
        timeoutMs: PATIENCE_MS,
        what: 'new pool processes',
      });
    });

    await t.test('autoscale changes the limits where the worker has it, and says so where not', async () => {
      const reply = await umbel.post(`/api/worker/pool/autoscale/${scaling.hostname}?min=2&max=5`);
      assert.equal(reply.status, 200, reply.text);
      const autoscaler = async () => (await api.worker(scaling)).stats?.autoscaler;
      assert.deepEqual([(await autoscaler())?.min, (await autoscaler())?.max], [2, 5]);
      const refused = await umbel.post(`/api/worker/pool/autoscale/${prefork.hostname}?min=1&max=2`);
      assert.match(refused.json.error ?? '', /Autoscale not enabled/);
      expectError(
        await umbel.post(`/api/worker/pool/autoscale/${scaling.hostname}?min=5&max=2`),
        400,
        /min|max/,
      );
      expectError(await umbel.post(`/api/worker/pool/autoscale/${scaling.hostname}?min=5`), 400, /max/);
    });

    await t.test('a consumer is added, gets work, and is cancelled', async () => {
      const queues = async () =>
        ((await api.worker(prefork)).active_queues ?? [])
          .map((queue) => queue.name)
          .sort()
          .join();
      assert.equal(
        (await umbel.post(`/api/worker/queue/add-consumer/${prefork.hostname}?queue=extra`)).status,
        200,
      );
      assert.equal(await api.settles(queues, 'celery,extra'), 'celery,extra');
      const sent = await umbel.post('/api/task/send-task/shop.add', { args: [1, 1], queue: 'extra' });
      assert.equal((await api.ended(sent.json['task-id'])).worker, prefork.hostname);
      assert.equal(
        (await umbel.post(`/api/worker/queue/cancel-consumer/${prefork.hostname}?queue=extra`)).status,
        200,
      );
      assert.equal(await api.settles(queues, 'celery'), 'celery');
    });

    await t.test('a missing or empty queue is refused before any worker hears of it', async () => {
      for (const verb of ['add-consumer', 'cancel-consumer']) {
        expectError(await umbel.post(`/api/worker/queue/${verb}/${prefork.hostname}`), 400, /queue/);
        expectError(await umbel.post(`/api/worker/queue/${verb}/${prefork.hostname}?queue=`), 400, /queue/);
      }
      assert.ok(prefork.running());
    });

    await t.test('a rate limit is set on one worker or on all', async () => {
      const listed = async (worker: CeleryWorker) =>
        ((await api.worker(worker)).registered ?? []).find((line) => line.startsWith('shop.add'));
      const one = await umbel.post(
        '/api/task/rate-limit/shop.add',
        new URLSearchParams({ workername: solo.hostname, ratelimit: '600/m' }),
      );
      assert.equal(one.status, 200, one.text);
      assert.match((await listed(solo)) ?? '', /600\/m/);
      assert.doesNotMatch((await listed(prefork)) ?? '', /600/);
      assert.equal((await umbel.post('/api/task/rate-limit/shop.add', { ratelimit: '0' })).status, 200);
      assert.doesNotMatch((await listed(solo)) ?? '', /600/);
      expectError(
        await umbel.post('/api/task/rate-limit/shop.add', { ratelimit: 'often' }),
        400,
        /ratelimit/,
      );
    });

    await t.test('time limits are accepted by the workers', async () => {
      const reply = await umbel.post(
        '/api/task/timeout/shop.sleep',
        new URLSearchParams({ soft: '30', hard: '60', workername: prefork.hostname }),
      );
      assert.equal(reply.status, 200, reply.text);
      assert.match(reply.text, /time limits set successfully/);
      expectError(await umbel.post('/api/task/timeout/shop.sleep', { soft: 'soon' }), 400, /soft/);
    });

    await t.test('queue lengths count what waits', async () => {
      await umbel.post('/api/task/async-apply/shop.sleep', { args: [3], queue: 'emails' });
      for (let n = 0; n < 5; n += 1)
        await umbel.post('/api/task/async-apply/shop.sleep', { args: [0], queue: 'emails', priority: n });
      const { json } = await umbel.get<Record<string, number>>('/api/queues/length');
      assert.ok((json.emails ?? 0) >= 3, JSON.stringify(json));
      assert.equal(json.celery, 0);
      await until(
        async () => (await umbel.get<Record<string, number>>('/api/queues/length')).json.emails === 0,
        {
          timeoutMs: PATIENCE_MS,
          what: 'an empty queue',
        },
      );
    });

    await t.test('tasks are listed, filtered, sorted, searched and paged', async () => {
      const all = (await umbel.get('/api/tasks?limit=1000')).json;
      assert.equal(all.total, all.tasks?.length);
      const received =
        all.tasks?.map((task) => task.received).filter((time) => typeof time === 'number') ?? [];
      assert.deepEqual(
        received,
        [...received].sort((a, b) => b - a),
      );
      const failed = (await umbel.get('/api/tasks?state=FAILURE&taskname=shop.fail')).json;
      assert.deepEqual(
        failed.tasks?.map((task) => task.name),
        ['shop.fail'],
      );
      assert.equal(
        (await umbel.get(`/api/tasks?workername=${solo.hostname}`)).json.tasks?.every(
          (task) => task.worker === solo.hostname,
        ),
        true,
      );
      assert.equal((await umbel.get('/api/tasks?search=OUT+of+stock')).json.total, 1);
      const page = (await umbel.get('/api/tasks?limit=2&offset=1&sort_by=name')).json;
      assert.deepEqual([page.limit, page.offset, page.tasks?.length], [2, 1, 2]);
      const beyond = (await umbel.get('/api/tasks?offset=100000')).json;
      assert.deepEqual(beyond.tasks, []);
      assert.ok((beyond.total ?? 0) >= (all.total ?? 0), 'the true total, also beyond the end');
      expectError(await umbel.get('/api/tasks?sort_by=colour'), 400, /sort_by/);
      expectError(await umbel.get('/api/tasks?limit=many'), 400, /limit/);
    });

    await t.test('task types are listed', async () => {
      const types = (await umbel.get('/api/task/types')).json['task-types'] ?? [];
      for (const type of ['shop.add', 'shop.sleep', 'shop.fail']) assert.ok(types.includes(type), type);
    });

    await t.test('a command to a worker that does not answer is 504 and names it', async () => {
      solo.signal('SIGSTOP');
      const reply = await umbel.post(`/api/worker/queue/add-consumer/${solo.hostname}?queue=x`);
      solo.signal('SIGCONT');
      expectError(reply, 504, /solo@test/);
    });

    await t.test('shutdown ends the worker, and it shows as offline', async () => {
      const reply = await umbel.post(`/api/worker/shutdown/${scaling.hostname}`);
      assert.equal(reply.status, 200, reply.text);
      await scaling.exited;
      await api.status(scaling, 'offline');
    });

    await t.test('processed and active agree with the worker itself', async () => {
      const worker = await api.worker(prefork);
      const total = Object.values(worker.stats?.total ?? {}).reduce((sum, count) => sum + count, 0);
      assert.equal(worker.processed, total);
      assert.equal(worker.active, 0);
    });

    await t.test('a worker that dies without a word is offline within 30 seconds', async () => {
      await prefork.kill();
      await api.status(prefork, 'offline');
    });
  });
}

function expectError(reply: Reply<ReplyBody>, status: number, message: RegExp): void {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.json.status, status, reply.text);
  assert.match(reply.json.error ?? '', message);
}

function createCalls(umbel: UmbelProcess) {
  async function info(id: string | undefined, accept: (task: TaskBody) => boolean): Promise<TaskBody> {
    let last = '';
    return until(
      async () => {
        const reply = await umbel.get<TaskBody>(`/api/task/info/${encodeURIComponent(id ?? '')}`);
        last = reply.text;
        return reply.status === 200 && accept(reply.json) && reply.json;
      },
      { timeoutMs: PATIENCE_MS, what: () => `task ${id} to come so far; it is ${last}` },
    );
  }
  return {
    info,
    ended: (id: string | undefined) =>
      info(id, (task) => ['SUCCESS', 'FAILURE', 'REVOKED'].includes(task.state ?? '')),
    async worker({ hostname }: CeleryWorker): Promise<WorkerBody> {
      const reply = await umbel.get<Workers>(
        `/api/workers?refresh=1&workername=${encodeURIComponent(hostname)}`,
      );
      assert.equal(reply.status, 200, reply.text);
      const worker = reply.json[hostname];
      assert.ok(worker);
      return worker;
    },
    /** Workers carry out some commands a moment after they say ok. */
    async settles<T>(read: () => Promise<T>, wanted: T): Promise<T> {
      return until(async () => ((await read()) === wanted ? { value: wanted } : false), {
        timeoutMs: 10_000,
        what: String(wanted),
      }).then(({ value }) => value, read);
    },
    async status({ hostname }: CeleryWorker, status: string): Promise<void> {
      await until(
        async () => (await umbel.get<Workers>('/api/workers?status=1')).json[hostname]?.status === status,
        {
          // What is promised: a worker that dies is shown as offline within 30 s.
          timeoutMs: 30_000,
          what: `${hostname} to be ${status}`,
        },
      );
    },
  };
}
