// Ends a thread that closes itself when it is told to.
import type { Worker } from 'node:worker_threads';

export interface EndThreadOptions {
  /** How long its closing may take; then it is ended from outside. */
  readonly timeoutMs: number;
  readonly onLate: () => void;
  /** Called when its closing failed. */
  readonly onError: (error: unknown) => void;
}

/** Posts `close` and waits until the thread is gone, however it went. */
export async function endThread(worker: Worker, options: EndThreadOptions): Promise<void> {
  // The event comes after `error` too, where node:events' once would reject.
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.on('error', options.onError);
  worker.postMessage('close', []);
  const late = setTimeout(() => {
    options.onLate();
    void worker.terminate();
  }, options.timeoutMs);
  await gone;
  clearTimeout(late);
}
