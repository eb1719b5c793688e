// Passwords that are hashed are tried on one thread of its own, one after the other, and only so many wait for it: however many
// people guess, whoever is signed in does not feel it.
import { extname } from 'node:path';
import type { Log } from '@umbel/celery';
import { Piscina } from 'piscina';
import type { HashedPassword } from './stored-password.ts';

/** With hashes of common cost the last of them waits about a second. */
const MOST_WAITING = 16;
/** The thread is started for the first password, and ends when there was none for so long. */
const IDLE_MS = 60_000;

export interface PasswordChecks extends AsyncDisposable {
  /** Whether it is the password behind the hash; `busy`: too many are waiting, nothing was tried. */
  check(given: string, stored: HashedPassword): Promise<boolean | 'busy'>;
  close(): Promise<void>;
}

export function openPasswordChecks(log: Log): PasswordChecks {
  // From source this file and the worker are .ts, when built .js.
  const extension = extname(new URL(import.meta.url).pathname);
  const pool = new Piscina<{ given: string; stored: HashedPassword }, boolean>({
    filename: new URL(`./password-worker${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    maxQueue: MOST_WAITING,
  });
  // A thread that dies is replaced by the pool, and its call is rejected; unheard, this event would end the process.
  pool.on('error', (error: unknown) =>
    log.warn({ error: String(error) }, 'the thread that tries passwords died'),
  );
  let closing: Promise<void> | undefined;
  const checks: PasswordChecks = {
    async check(given, stored) {
      if (closing !== undefined || pool.queueSize >= MOST_WAITING) return 'busy';
      try {
        return await pool.run({ given, stored });
      } catch (error) {
        log.warn({ error: String(error) }, 'a password could not be tried');
        return 'busy';
      }
    },
    close() {
      closing ??= pool.destroy();
      return closing;
    },
    [Symbol.asyncDispose]: () => checks.close(),
  };
  return checks;
}
