// One thread of reader-pool.ts: opens the file for itself and runs the calls that arrive.
import { workerData } from 'node:worker_threads';
import { followFile } from './follow-file.ts';
import { openSqliteStore } from './open-sqlite.ts';
import { type StoreMethod, WRITING } from './reader-call.ts';
import { answerCall, type ThreadAnswer, type ThreadCall } from './thread-call.ts';

const { path } = workerData as { path: string };
const reading = followFile(path, () => openSqliteStore({ path, access: 'read' }));
const writing = followFile(path, () => openSqliteStore({ path, access: 'write' }));

export default function run(call: ThreadCall): Promise<ThreadAnswer> {
  return answerCall(async () => {
    const method = call.method as StoreMethod;
    const store = await (WRITING.has(method) ? writing : reading).current();
    return (store[method] as (...parameters: readonly unknown[]) => Promise<unknown>)(...call.parameters);
  });
}
