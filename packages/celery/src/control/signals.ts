// The signals that `revoke` with terminate may send to a pool process. Celery takes any name; a fixed list keeps a
// mistyped one from reaching a worker, and leaves out those that would only freeze the process (SIGSTOP, SIGTSTP).
import { CeleryError } from '../errors.ts';

/** Accepted signals, spelled as the worker wants them. SIGUSR1 raises the soft time limit inside the task. */
export const SIGNALS = [
  'SIGTERM',
  'SIGKILL',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGABRT',
  'SIGUSR1',
  'SIGUSR2',
] as const;

export type SignalName = (typeof SIGNALS)[number];

/**
 * Reads a signal's name as people write it: `KILL`, `sigkill` and `SIGKILL` are the same.
 * @throws CeleryError `bad_argument` (field `signal`) for anything that is not in SIGNALS
 */
export function parseSignal(text: string): SignalName {
  const upper = text.trim().toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const found = SIGNALS.find((signal) => signal === name);
  if (found !== undefined) return found;
  throw new CeleryError('bad_argument', `signal must be one of ${SIGNALS.join(', ')}`, {
    params: { field: 'signal' },
  });
}
