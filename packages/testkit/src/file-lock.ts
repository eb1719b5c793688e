// A lock between processes of one machine: a file that names its holder. A holder that died without releasing is noticed by
// its process id, and its lock is taken over.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 100;

/** Runs `work` while no other process holds the lock at `path`; waits for it as long as its holder lives. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!take(path)) {
    await sleep(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  // Written aside and then linked: the lock appears with its content or not at all.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid}`);
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    releaseDead(path);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function releaseDead(path: string): void {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    process.kill(holder, 0);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ESRCH') rmSync(path, { force: true });
    else if (code !== 'ENOENT' && code !== 'EPERM') throw error;
  }
}
