// Finding programs. Leaves starting them to owned-process.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these programs that can be run: a name is looked up on PATH, a path is taken as it is. */
export function findExecutable(...names: readonly string[]): string | null {
  for (const name of names) {
    const candidates = name.includes('/')
      ? [name]
      : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder || '.', name));
    const found = candidates.find(isExecutable);
    if (found) return found;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
