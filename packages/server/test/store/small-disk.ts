// A disk that is soon full, for tests.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Folder of a disk of so many megabytes; where mounting one is not allowed the test is skipped, and there is none. */
export function mountSmallDisk(t: TestContext, sizeMb = 6): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch (error) {
    rmdirSync(folder);
    if (process.env['CI'] !== undefined && process.getuid?.() === 0) throw error;
    t.skip('needs the right to mount a small tmpfs');
    return undefined;
  }
  t.after(() => {
    // Lazily: the store is closed by a later hook.
    execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  return folder;
}
