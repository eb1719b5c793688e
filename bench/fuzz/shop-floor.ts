// What the fuzzed Umbel watches: tasks that have run already, and the question whether a worker is still there.
import { python, type TestScope, until } from '@umbel/testkit';
import type { UmbelProcess } from '../../packages/server/test/start-umbel.ts';

/** None of them can take long, whatever it is given. */
export const TASK_NAMES = ['shop.add', 'shop.echo', 'shop.fail', 'shop.nothing', 'shop.same'] as const;

/** Runs one task of each name and answers their ids. */
export async function seedTasks(umbel: UmbelProcess, authorization: string): Promise<string[]> {
  const ids: string[] = [];
  for (const name of TASK_NAMES) {
    const sent = await until(
      async () => {
        const reply = await umbel.post(`/api/task/send-task/${name}`, '{"args": [1, 2]}', {
          headers: { authorization, 'content-type': 'application/json' },
        });
        return reply.json['task-id'];
      },
      { what: `${name} to be sent` },
    );
    ids.push(sent);
  }
  await until(
    async () => {
      const { json } = await umbel.get(`/api/task/info/${ids.at(-1)}`, { headers: { authorization } });
      return json.state === 'SUCCESS' || json.state === 'FAILURE';
    },
    { timeoutMs: 60_000, what: 'the last task to end' },
  );
  return ids;
}

/** Names of the workers that answer Celery's own ping. */
export async function pingWorkers(
  t: TestScope,
  { brokerUrl, resultBackend }: { readonly brokerUrl: string; readonly resultBackend: string },
): Promise<string[]> {
  const script =
    'import json, shop; print(json.dumps(list(shop.app.control.inspect(timeout=5).ping() or {})))';
  const env = { BROKER_URL: brokerUrl, RESULT_BACKEND: resultBackend };
  return JSON.parse(await python(t, script, { env })) as string[];
}
