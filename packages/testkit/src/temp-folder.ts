// Folders for one test, removed with it, and at the latest when the process ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processFolder } from './owned-process.ts';
import type { TestScope } from './test-scope.ts';

/** A new empty folder; removed after the test. Its path is short enough for unix sockets. */
export function tempFolder(t: TestScope): string {
  const folder = mkdtempSync(join(processFolder(), 't-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
