// Picks the result backend by its URL, as Celery's `result_backend` names it, and loads only that one.
import type { Broker } from '../broker/broker.ts';
import { maskUrl } from '../broker/mask-url.ts';
import { CeleryError } from '../errors.ts';
import type { RedisResultsOptions } from './redis-results.ts';
import type { ResultBackend } from './result-backend.ts';

export interface ResultBackendOptions extends RedisResultsOptions {
  /** The broker that `rpc://` results come through; it stays the caller's to close. */
  readonly broker: Broker;
}

const REDIS_SCHEMES: ReadonlySet<string> = new Set(['redis', 'rediss', 'redis+socket', 'socket']);
const SUPPORTED = ['redis://', 'rediss://', 'redis+socket://', 'rpc://'];

/**
 * Opens the result backend at `url`: `redis://`, `rediss://`, `redis+socket://` or `rpc://`. Returns at once and connects in the
 * background.
 * @throws CeleryError `bad_url`; `unsupported_transport`, which names the scheme (`params.scheme`) and those that are supported
 */
export async function openResultBackend(url: string, options: ResultBackendOptions): Promise<ResultBackend> {
  const scheme = /^\s*([a-z][a-z0-9+.-]*)(?=:\/\/|\s*$)/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    const shown = maskUrl(url);
    throw new CeleryError(
      'bad_url',
      `The result backend URL "${shown}" does not begin with a scheme such as redis://.`,
      {
        params: { url: shown, reason: 'does not begin with a scheme such as redis://' },
      },
    );
  }
  if (REDIS_SCHEMES.has(scheme)) {
    const { openRedisResults } = await import('./redis-results.ts');
    return openRedisResults(url.trim(), options);
  }
  if (scheme === 'rpc') {
    const { openRpcResults } = await import('./rpc-results.ts');
    return openRpcResults(options.broker, { maxDocumentBytes: options.maxDocumentBytes });
  }
  throw new CeleryError(
    'unsupported_transport',
    `The result backend ${scheme}:// is not supported; supported are ${SUPPORTED.join(', ')}.`,
    { params: { scheme, supported: SUPPORTED, url: maskUrl(url) } },
  );
}
