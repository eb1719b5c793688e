// Result documents in a Redis as workers leave them, and the backend that reads them, for tests.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { RedisServer } from '@umbel/testkit';
import { CeleryError } from '../../src/errors.ts';
import { openRedisResults, type RedisResultsOptions } from '../../src/results/redis-results.ts';
import type { ResultBackend } from '../../src/results/result-backend.ts';

export const open = async (
  t: TestContext,
  url: string,
  options: RedisResultsOptions = {},
): Promise<ResultBackend> => {
  const backend = await openRedisResults(url, options);
  t.after(() => backend.close());
  return backend;
};

export const document = (status: string, result: unknown = null): string =>
  JSON.stringify({ status, result, traceback: null, children: [], date_done: null });

/** Writes a document as a worker does. */
export async function store(redis: RedisServer, key: string, value: string): Promise<void> {
  await redis.client().multi().setex(key, 100, value).publish(key, value).exec();
}

export const fails = (code: string) => (error: unknown) => {
  assert.ok(error instanceof CeleryError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};
