// What the contract of the REST API asks Umbel again and again, and how it reads a refusal.
import assert from 'node:assert/strict';
import { type CeleryWorker, until } from '@umbel/testkit';
import type { Reply, ReplyBody, TaskBody, UmbelProcess, WorkerBody } from './start-umbel.ts';

export type Workers = Record<string, WorkerBody>;

export type ApiCalls = ReturnType<typeof createCalls>;

/** Long enough for a loaded machine; a test that waits this long has failed. */
export const PATIENCE_MS = 30_000;

export function expectError(reply: Reply<ReplyBody>, status: number, message: RegExp): void {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.json.status, status, reply.text);
  assert.match(reply.json.error ?? '', message);
}

export function createCalls(umbel: UmbelProcess) {
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
