// What every ResultBackend must do, proven with a real Celery worker that stores the results. Implementations call
// `testResultBackend` from their own `.it.ts`, which also holds what only they have.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { startWorker, suiteScope, type TestScope, until } from '@umbel/testkit';
import type { Broker } from '../broker/broker.ts';
import { CeleryError } from '../errors.ts';
import { sendTask } from '../send/send-task.ts';
import type { TaskRequest } from '../send/task-request.ts';
import type { ResultBackend, TaskResult } from './result-backend.ts';

export interface ResultBackendSetup {
  /** Where the worker of this suite takes tasks from. */
  readonly brokerUrl: string;
  /** The worker's `result_backend`. */
  readonly resultBackend: string;
  /** Open, and closed by the set-up's scope. */
  readonly broker: Broker;
  readonly backend: ResultBackend;
}

const TEST = { timeout: 60_000 };

/** Registers the suite. `skip` is the reason when something that it needs is missing. */
export function testResultBackend(
  name: string,
  skip: string | false,
  setUp: (scope: TestScope) => Promise<ResultBackendSetup>,
): void {
  describe(`${name}: what every result backend does`, { skip }, () => {
    const scope = suiteScope();
    let setup: ResultBackendSetup;
    before(
      async () => {
        setup = await setUp(scope);
        await startWorker(scope, setup);
      },
      { timeout: 180_000 },
    );

    const send = async (task: TaskRequest): Promise<string> => {
      const { broker, backend } = setup;
      const taskId = task.taskId ?? randomUUID();
      backend.expect(taskId);
      return sendTask(broker, { ...task, taskId }, { replyTo: backend.replyTo ?? undefined });
    };
    /** The result at the end; the test's own time limit ends a wait in vain. */
    const run = async (task: TaskRequest): Promise<TaskResult> =>
      setup.backend.wait(await send(task), new AbortController().signal);
    const same = async (value: unknown): Promise<string> =>
      JSON.stringify((await run({ name: 'shop.same', args: [value] })).result);

    test('a success has its value and the time of its end', TEST, async () => {
      const result = await run({ name: 'shop.add', args: [2, 3] });
      assert.equal(setup.backend.connection.state, 'connected');
      assert.equal(result.state, 'SUCCESS');
      assert.equal(result.result, 5);
      assert.equal(result.traceback, null);
      assert.deepEqual(result.children, []);
      assert.match(result.dateDone ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
      assert.deepEqual([result.groupId, result.parentId], [null, null]);
    });

    test('a failure has its exception and traceback', TEST, async () => {
      const result = await run({ name: 'shop.fail', args: ['oh nö'] });
      assert.equal(result.state, 'FAILURE');
      assert.deepEqual(result.result, {
        exc_type: 'ValueError',
        exc_message: ['oh nö'],
        exc_module: 'builtins',
      });
      assert.match(result.traceback ?? '', /Traceback[^]*ValueError: oh nö/);
    });

    test('a name that the worker does not know is a failure', TEST, async () => {
      const result = await run({ name: 'shop.nosuch' });
      assert.equal(result.state, 'FAILURE');
      assert.equal((result.result as { exc_type: string }).exc_type, 'NotRegistered');
    });

    test('a task that came too late is revoked', TEST, async () => {
      const result = await run({
        name: 'shop.add',
        args: [1, 1],
        etaMs: Date.now() + 500,
        expiresMs: Date.now() + 200,
      });
      assert.equal(result.state, 'REVOKED');
      assert.deepEqual(result.result, {
        exc_type: 'TaskRevokedError',
        exc_message: ['expired'],
        exc_module: 'celery.exceptions',
      });
    });

    test('a task that waits for its retry says why', TEST, async () => {
      const taskId = await send({ name: 'shop.retry_then_succeed', args: [1, 300] });
      const result = await until(
        async () => {
          const now = await setup.backend.get(taskId);
          return now.state === 'RETRY' && now;
        },
        { what: 'state RETRY' },
      );
      assert.equal((result.result as { exc_type: string }).exc_type, 'RuntimeError');
      assert.match(result.traceback ?? '', /retry 1/);
      assert.equal(result.dateDone, null);
    });

    test('a state of the task’s own is seen with its meta, and then the end', TEST, async () => {
      const taskId = await send({ name: 'shop.progress', args: [3, 0.4] });
      const progress = await until(
        async () => {
          const now = await setup.backend.get(taskId);
          return now.state === 'PROGRESS' && now;
        },
        { what: 'state PROGRESS', everyMs: 10 },
      );
      assert.equal((progress.result as { of: number }).of, 3);
      const end = await setup.backend.wait(taskId, new AbortController().signal);
      assert.deepEqual([end.state, end.result], ['SUCCESS', 3]);
    });

    test('children are named', TEST, async () => {
      const result = await run({ name: 'shop.spawn', args: [3] });
      assert.deepEqual(result.children, result.result);
      assert.equal(result.children.length, 3);
    });

    test('group and parent are named', TEST, async () => {
      const result = await run({
        name: 'shop.add',
        args: [1, 2],
        groupId: 'group-1',
        parentId: 'parent-1',
        rootId: 'root-1',
      });
      assert.deepEqual([result.groupId, result.parentId], ['group-1', 'parent-1']);
    });

    test('a result of some megabytes arrives whole', TEST, async () => {
      const result = await run({ name: 'shop.big', args: [5_000_000] });
      assert.equal((result.result as string).length, 5_000_000);
    });

    test('numbers come back digit for digit', TEST, async () => {
      const numbers = ['9007199254740993', '1180591620717411303424', '1.0', '-0.0', '1e+22', '0.1'];
      const value = numbers.map((text) => JSON.rawJSON(text));
      assert.equal(await same(value), `[${numbers.join(',')}]`);
    });

    test('infinite results, dates, decimals and bytes are text', TEST, async () => {
      assert.equal(await same(JSON.rawJSON('1e400')), '"Infinity"');
      assert.equal(
        await same({ __type__: 'datetime', __value__: '2024-01-02T03:04:05+00:00' }),
        '"2024-01-02T03:04:05+00:00"',
      );
      assert.equal(await same({ __type__: 'decimal', __value__: '1.50' }), '"1.50"');
      assert.equal(await same({ __type__: 'bytes', __value__: 'hé' }), '"hé"');
    });

    test('text of every language comes back', TEST, async () => {
      const text = 'ä 日本 🦊 \u0000 \u2028 "quoted" \\';
      assert.equal(await same(text), JSON.stringify(text));
    });

    test('a wait that begins before the task ends when the task ends', TEST, async () => {
      const taskId = randomUUID();
      setup.backend.expect(taskId);
      const waits = [1, 2, 3].map(() => setup.backend.wait(taskId, new AbortController().signal));
      await send({ name: 'shop.sleep', args: [0.3], taskId });
      assert.deepEqual(
        (await Promise.all(waits)).map((r) => r.state),
        ['SUCCESS', 'SUCCESS', 'SUCCESS'],
      );
    });

    test('a wait for a task that has ended is over at once', TEST, async () => {
      const { taskId } = await run({ name: 'shop.add', args: [4, 4] });
      const result = await setup.backend.wait(taskId, new AbortController().signal);
      assert.equal(result.result, 8);
      assert.deepEqual(await setup.backend.get(taskId), result);
    });

    test('a wait ends with what is known when its signal aborts', TEST, async () => {
      const signal = AbortSignal.timeout(200);
      const result = await setup.backend.wait(`never-${randomUUID()}`, signal);
      assert.equal(result.state, 'PENDING');
      assert.equal(signal.aborted, true);
      const already = await setup.backend.wait(`never-${randomUUID()}`, AbortSignal.abort());
      assert.equal(already.state, 'PENDING');
    });

    test('an aborted wait shows a state on the way', TEST, async () => {
      const taskId = await send({ name: 'shop.sleep', args: [3] });
      await until(async () => (await setup.backend.get(taskId)).state === 'STARTED', {
        what: 'state STARTED',
      });
      const result = await setup.backend.wait(taskId, AbortSignal.timeout(50));
      assert.equal(result.state, 'STARTED');
      assert.equal(typeof (result.result as { pid: number }).pid, 'number');
    });

    test('an id with any characters is only an id', TEST, async () => {
      for (const taskId of [`a b*?[x]\\{y}:${randomUUID()}`, `ä🦊 %2F#${randomUUID()}`]) {
        const result = await run({ name: 'shop.add', args: [1, 1], taskId });
        assert.deepEqual([result.taskId, result.result], [taskId, 2]);
      }
    });

    test('nothing is known of an unknown task', TEST, async () => {
      const result = await setup.backend.get(randomUUID());
      assert.equal(result.state, 'PENDING');
      assert.equal(result.result, null);
    });

    test('a closed backend says so, to waits under way as well', TEST, async () => {
      const { backend } = setup;
      const wait = backend.wait(`never-${randomUUID()}`, new AbortController().signal);
      const outcome = wait.catch((error: unknown) => error);
      await Promise.all([backend.close(), backend.close()]);
      await backend.close();
      const isClosed = (error: unknown) => error instanceof CeleryError && error.code === 'closed';
      assert.ok(isClosed(await outcome), String(await outcome));
      await assert.rejects(backend.get(randomUUID()), isClosed);
      await assert.rejects(backend.wait(randomUUID(), new AbortController().signal), isClosed);
    });
  });
}
