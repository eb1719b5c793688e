// The composition root: which parts a process has by its role, opened in order and stopped in reverse. The two halves are
// start-collecting.ts and start-serving.ts.
import { maskUrls } from '@umbel/celery';
import type { Logger } from 'pino';
import { ConfigError } from './config/config-error.ts';
import { historyPlace } from './config/history-place.ts';
import type { OptionValues } from './config/options.ts';
import { startCollecting } from './start-collecting.ts';
import { prepareServing, startServing } from './start-serving.ts';

/** What a process does: all of it, or one of its halves, of which there may be several over one history in PostgreSQL. */
export type Role = 'all' | 'collect' | 'serve';

export interface StartOptions {
  readonly log: Logger;
  readonly version: string;
  readonly role: Role;
}

export interface Umbel extends AsyncDisposable {
  /** Where it answers, the prefix included; null where it only collects. */
  readonly url: string | null;
  /**
   * Signs an administrator in, once: its path alone where nobody has said how the proxy in front of a unix socket is reached.
   * Null where people sign in by a way that is configured, or nobody has to.
   */
  readonly signInLink: string | null;
  /** Called once when a part has failed for good and the process should end. */
  onFatal(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** @throws ConfigError when the configuration cannot work; CeleryError, StoreError as they come */
export async function startUmbel(config: OptionValues, { log, version, role }: StartOptions): Promise<Umbel> {
  const place = historyPlace(config);
  if (role !== 'all' && place.kind === 'file')
    throw new ConfigError(
      `umbel ${role} needs a history that several processes can share: --db postgres://user@host/database.`,
    );
  await using opened = new AsyncDisposableStack();
  // What would be refused is refused before anything is collected.
  const prepared = role === 'collect' ? null : await prepareServing(config, log);
  log.info({}, `history: ${place.kind === 'file' ? place.path : maskUrls(place.url)}`);
  const collector = role === 'serve' ? null : opened.use(await startCollecting(config, { place, log }));
  const served =
    prepared === null
      ? null
      : opened.use(await startServing(config, prepared, { place, collector, log, version }));

  // From here on nothing can fail: whoever has the answer closes it.
  const closing = opened.move();
  async function close(): Promise<void> {
    // Side by side: a client that does not read its answer must not cost the last commit its time.
    await Promise.allSettled([collector?.close(), served?.shut()]);
    await closing.disposeAsync();
  }
  return {
    url: served?.url ?? null,
    signInLink: served?.signInLink ?? null,
    onFatal: (listener) => collector?.onFatal(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}
