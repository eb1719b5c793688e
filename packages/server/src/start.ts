// The composition root: opens everything in order, stops it in reverse. The only place that knows the order.
import { resolve } from 'node:path';
import { type BrokerOptions, CeleryError, openBroker, openMailbox, openResultBackend } from '@umbel/celery';
import type { Logger } from 'pino';
import { openCollectorThread } from './collector/collector-thread.ts';
import { ConfigError } from './config/config-error.ts';
import { defaultDbPath } from './config/default-db-path.ts';
import type { OptionValues } from './config/options.ts';
import { openDesk } from './desk/open-desk.ts';
import { buildApp } from './http/build-app.ts';
import { isLoopback } from './http/cross-site.ts';
import { openSqliteReaders } from './store/sqlite/reader-pool.ts';

export interface Umbel extends AsyncDisposable {
  /** Where it answers, the prefix included. */
  readonly url: string;
  /** Called once when a part has failed for good and the process should end. */
  onFatal(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** @throws ConfigError when the configuration cannot work; CeleryError, StoreError as they come */
export async function startUmbel(
  config: OptionValues,
  { log, version }: { log: Logger; version: string },
): Promise<Umbel> {
  await using opened = new AsyncDisposableStack();
  const brokerOptions = readBrokerOptions(config);
  const broker = opened.use(await openOrExplain('--broker', () => openBroker({ ...brokerOptions, log })));
  const dbPath = readDbPath(config);
  log.info({}, `history: ${dbPath}`);

  const collector = opened.use(
    await openCollectorThread({
      broker: brokerOptions,
      dbPath,
      retention: { maxAgeMs: config['retention-age'], maxBytes: config['retention-size'] },
      log,
    }),
  );
  const store = opened.use(await openSqliteReaders({ path: dbPath, log }));
  const resultUrl = config['result-backend'];
  const results =
    resultUrl === null
      ? null
      : opened.use(
          await openOrExplain('--result-backend', () =>
            openResultBackend(resultUrl, {
              broker,
              globalKeyprefix: config['result-backend-transport-options'].global_keyprefix,
              log,
            }),
          ),
        );
  const mailbox = opened.use(
    await openMailbox(broker, {
      onUndecodable: (reason, detail) => log.debug({ reason, detail }, 'a control reply was dropped'),
    }),
  );
  const desk = opened.use(
    await openDesk({
      store,
      broker,
      mailbox,
      results,
      collectorHealth: () => collector.status(),
      inspectTimeoutMs: config['inspect-timeout'],
      enableEvents: config['enable-events'],
      defaultQueue: config['default-queue'],
      log,
    }),
  );
  const app = opened.adopt(
    await buildApp({
      desk,
      auth: {
        users: config['basic-auth'],
        apiKeys: config['api-keys'],
        unauthenticatedApi: config['unauthenticated-api'],
      },
      urlPrefix: config['url-prefix'],
      loopbackOnly: isLoopback(config.address),
      allowedHosts: config['allowed-hosts'],
      version,
      log,
    }),
    (server) => server.close(),
  );
  const address = await app.listen({ host: config.address, port: config.port });

  const closing = opened.move();
  async function close(): Promise<void> {
    // Side by side: a client that does not read its answer must not cost the last commit its time.
    await Promise.allSettled([collector.close(), app.close()]);
    await closing.disposeAsync();
  }
  return {
    url: `${address}${config['url-prefix']}`,
    onFatal: (listener) => collector.onFatal(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function readBrokerOptions(config: OptionValues): BrokerOptions {
  const transport = config['broker-transport-options'];
  return {
    url: config.broker,
    globalKeyprefix: transport.global_keyprefix,
    prioritySteps: transport.priority_steps,
    sep: transport.sep,
    fanoutPrefix: transport.fanout_prefix,
    fanoutPatterns: transport.fanout_patterns,
    eventExchange: config['event-exchange'],
    controlExchange: config['control-exchange'],
    eventQueuePrefix: config['event-queue-prefix'],
    eventQueueTtlMs: config['event-queue-ttl'],
  };
}

function readDbPath(config: OptionValues): string {
  if (config.db !== null && /^[a-z][a-z0-9+.-]+:\/\//i.test(config.db)) {
    throw new ConfigError(
      '--db needs the path of a file: histories in a database server are not supported yet.',
    );
  }
  return resolve(config.db ?? defaultDbPath(config.broker));
}

/** A URL that cannot be understood is the caller's mistake: say which option it came from. */
async function openOrExplain<T>(option: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (
      error instanceof CeleryError &&
      (error.code === 'bad_url' || error.code === 'unsupported_transport' || error.code === 'bad_argument')
    ) {
      throw new ConfigError(`${option}: ${error.message}`);
    }
    throw error;
  }
}
