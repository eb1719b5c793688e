// The composition root: opens everything in order, stops it in reverse. The only place that knows the order.
import type { Server } from 'node:https';
import { CeleryError, openBroker, openMailbox, openResultBackend } from '@umbel/celery';
import type { Logger } from 'pino';
import { openAudit } from './audit/open-audit.ts';
import type { AuthRules } from './auth/auth-rules.ts';
import { AuthRulesError } from './auth/auth-rules-error.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { needsSignIn } from './auth/check-auth-rules.ts';
import { createOneTimeLink } from './auth/one-time-link.ts';
import { openAuthenticator } from './auth/open-authenticator.ts';
import type { ProviderSignIn } from './auth/provider-sign-in.ts';
import { openCollectorThread } from './collector/collector-thread.ts';
import { checkExposure } from './config/check-exposure.ts';
import { ConfigError } from './config/config-error.ts';
import { historyPlace } from './config/history-place.ts';
import type { OptionValues } from './config/options.ts';
import { publicAddress } from './config/public-address.ts';
import { readAuthRules } from './config/read-auth-rules.ts';
import { readBrokerOptions } from './config/read-broker-options.ts';
import { openGaugeSampler } from './desk/gauge-sampler.ts';
import { openDesk } from './desk/open-desk.ts';
import { buildApp } from './http/build-app.ts';
import { isThisMachineOnly, ListenError, listen, type Place } from './http/listen.ts';
import { openTls, TlsError } from './http/tls.ts';
import { createFullRedaction } from './redaction/create-full-redaction.ts';
import { createRedaction } from './redaction/create-redaction.ts';
import { secretNameRules } from './redaction/secret-name-rules.ts';
import type { Ledger } from './store/ledger.ts';
import type { WorkerDetails } from './store/store.ts';
import { openSqliteLedger } from './store/sqlite/open-ledger.ts';
import { openSqliteReaders } from './store/sqlite/reader-pool.ts';

export interface Umbel extends AsyncDisposable {
  /** Where it answers, the prefix included. */
  readonly url: string;
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
export async function startUmbel(
  config: OptionValues,
  { log, version }: { log: Logger; version: string },
): Promise<Umbel> {
  const rules = readAuthRules(config);
  const place = placeOf(config);
  const reachedAt = publicAddress(config);
  const thisMachineOnly = isThisMachineOnly(place);
  const exposure = checkExposure(config, rules, { thisMachineOnly });
  if (exposure !== null) log.warn({}, exposure);
  const { certfile, keyfile, 'ca-certs': caCerts } = config;
  const tls = await orConfigError([TlsError], () => openTls({ certfile, keyfile, caCerts }, { log }));

  await using opened = new AsyncDisposableStack();
  const brokerOptions = readBrokerOptions(config);
  const broker = opened.use(await openOrExplain('--broker', () => openBroker({ ...brokerOptions, log })));
  const history = historyPlace(config);
  if (history.kind === 'postgres')
    throw new ConfigError('--db needs the path of a file: the server does not use PostgreSQL yet.');
  log.info({}, `history: ${history.path}`);

  const redactionRules = { names: secretNameRules(config.redact) };
  const redaction = createRedaction(redactionRules);
  const collector = opened.use(
    await openCollectorThread({
      broker: brokerOptions,
      history,
      retention: {
        maxAgeMs: config['retention-age'],
        maxFailureAgeMs: config['retention-failures'],
        maxTasks: config['retention-tasks'],
        maxBytes: config['retention-size'],
      },
      maxTextBytes: config['max-value-size'],
      redaction: config['redact-stored'] ? redactionRules : undefined,
      log,
    }),
  );
  const store = opened.use(await openSqliteReaders({ path: history.path, log }));
  const ledger = opened.use(await openSqliteLedger({ path: history.ledgerPath, log }));
  log.info({}, `sessions, tokens and audit trail: ${ledger.location}`);
  const audit = opened.use(openAudit({ ledger, log, redaction, retentionMs: config['audit-retention'] }));
  const authenticator = opened.use(
    await orConfigError([AuthRulesError], () =>
      openAccess(rules, { ledger, log, urlPrefix: config['url-prefix'] }),
    ),
  );
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
      ...(config['redact-stored']
        ? { redactReplies: (replies: WorkerDetails['replies']) => redaction.workerReplies(replies) }
        : {}),
      log,
    }),
  );
  const isBusy = () => collector.status().events.lagSeconds > 2;
  opened.use(openGaugeSampler({ desk, broker, store, isBusy, log }));

  const app = opened.adopt(
    await buildApp({
      desk,
      authenticator,
      audit,
      auditLines: ledger,
      redaction,
      fullRedaction: createFullRedaction(),
      readOnly: config['read-only'],
      urlPrefix: config['url-prefix'],
      trustProxy: config['trust-proxy'],
      publicUrl: reachedAt,
      corsOrigins: config['cors-origins'],
      frameAncestors: config['frame-ancestors'],
      loopbackOnly: thisMachineOnly,
      allowedHosts: config['allowed-hosts'],
      ...(tls === null ? {} : { https: tls.options }),
      version,
      log,
    }),
    (server) => server.close(),
  );
  const address = await orConfigError([ListenError], () => listen(app, place));
  if (tls !== null) opened.adopt(tls.startReloading(app.server as Server), (stop) => stop());
  const prefix = config['url-prefix'];
  const url = reachedAt ?? `${address}${prefix}`;
  const linkBase = reachedAt === null && 'socketPath' in place ? prefix : url;
  const signInLink =
    authenticator.open || needsSignIn(rules)
      ? null
      : `${linkBase}/login/link?token=${await createOneTimeLink(ledger)}`;

  // From here on nothing can fail: whoever has the answer closes it.
  const closing = opened.move();
  async function close(): Promise<void> {
    // Side by side: a client that does not read its answer must not cost the last commit its time.
    await Promise.allSettled([collector.close(), app.close()]);
    await closing.disposeAsync();
  }
  return {
    url,
    signInLink,
    onFatal: (listener) => collector.onFatal(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws AuthRulesError when the rules of access contradict each other, or an address in them cannot be one */
async function openAccess(
  rules: AuthRules,
  { ledger, log, urlPrefix }: { ledger: Ledger; log: Logger; urlPrefix: string },
): Promise<Authenticator> {
  return openAuthenticator(rules, { ledger, log, providers: await openProviders() });

  async function openProviders(): Promise<ProviderSignIn | null> {
    if (rules.providers.length === 0) return null;
    // Loaded only where it is used: its client of OpenID Connect costs memory.
    const { openProviderSignIn } = await import('./auth/providers/open-provider-sign-in.ts');
    return openProviderSignIn(rules.providers, { ledger, log, urlPrefix });
  }
}

function placeOf(config: OptionValues): Place {
  const socketPath = config['unix-socket'];
  return socketPath === null
    ? { host: config.address, port: config.port }
    : { socketPath, mode: config['unix-socket-mode'] };
}

/** Errors of these kinds say in a sentence what is the caller's to mend. */
async function orConfigError<T>(
  kinds: readonly (new (...parameters: never[]) => Error)[],
  open: () => Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof Error && kinds.some((kind) => error instanceof kind))
      throw new ConfigError(error.message);
    throw error;
  }
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
