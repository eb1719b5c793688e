// Running Python in one of the environments: the judge for what Celery itself would do.
import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type CeleryVersion, venvPython } from './python-venv.ts';
import { absent, type TestScope } from './test-scope.ts';

const run = promisify(execFile);

/** The folder with the test application `shop.py`; on PYTHONPATH of everything that the testkit runs in Python. */
export const pythonFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../python');

export interface PythonOptions {
  /** `sys.argv[1:]` of the script. */
  args?: readonly string[];
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Which Celery is importable. Default 5.7. */
  celery?: CeleryVersion;
  /** Default 60,000. */
  timeoutMs?: number;
}

/**
 * Runs a Python script (its text) with Celery importable, and `shop` too, and returns what it printed.
 * Skips or fails the test when there is no Python.
 *
 * @throws with standard error in the message when the script fails
 */
export async function python(t: TestScope, script: string, options: PythonOptions = {}): Promise<string> {
  const path = await venvPython(options.celery ?? '5.7').catch((error: Error) => absent(t, error.message));
  return runPython(path, script, options);
}

/** The same with a given Python. */
export async function runPython(path: string, script: string, options: PythonOptions = {}): Promise<string> {
  const { stdout } = await run(path, ['-c', script, ...(options.args ?? [])], {
    env: { ...process.env, ...pythonEnvironment(), ...options.env },
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

/** To be added to a process's environment: no cache files beside sources, output at once, UTF-8, `shop` importable. */
export function pythonEnvironment(): Record<string, string> {
  return {
    PYTHONPATH: pythonFolder,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
  };
}
