// The thread of open-ledger.ts: opens the file and runs the calls that arrive. When its owner meets damage, the file is moved aside
// and begun anew, as at a start.
import { parentPort, workerData } from 'node:worker_threads';
import type { Log } from '@umbel/celery';
import { StoreError } from '../store.ts';
import { followFile } from './follow-file.ts';
import { type LedgerFile, openLedgerFile } from './ledger-file.ts';
import { answerCall, type ThreadAnswer, type ThreadCall, type ThreadLogLine } from './thread-call.ts';

/** What open-ledger.ts asks for; `open` only opens. */
type LedgerMethod = keyof LedgerFile | 'open';

const { path, access } = workerData as { path: string; access: 'own' | 'write' };
const port = parentPort;
if (port === null) throw new Error('this file is the inside of a thread');
const tell = (line: ThreadLogLine) => port.postMessage(line);
const log: Log = {
  info: (fields, text) => tell({ level: 'info', fields, text }),
  warn: (fields, text) => tell({ level: 'warn', fields, text }),
};
let suspect = false;
const file = followFile(path, () =>
  openLedgerFile(access === 'own' ? { path, log, suspect } : { path, access }),
);

export default function run(call: ThreadCall): Promise<ThreadAnswer> {
  return answerCall(async () => {
    try {
      return await answer(call);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
      suspect = true;
      await file.close();
      throw new StoreError('unavailable', error.message, error);
    }
  });
}

async function answer({ method, parameters }: ThreadCall): Promise<unknown> {
  const name = method as LedgerMethod;
  if (name === 'close') return file.close();
  const ledger = await file.current();
  suspect = false;
  if (name === 'open') return undefined;
  return (ledger[name] as (...parameters: readonly unknown[]) => Promise<unknown>)(...parameters);
}
