// The half of the server that answers: what is known about access, the desk, and the door.
import type { Server } from 'node:https';
import { openBroker, openMailbox, openResultBackend } from '@umbel/celery';
import type { Logger } from 'pino';
import { openAudit } from './audit/open-audit.ts';
import type { AuthRules } from './auth/auth-rules.ts';
import { AuthRulesError } from './auth/auth-rules-error.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { needsSignIn } from './auth/check-auth-rules.ts';
import { createOneTimeLink } from './auth/one-time-link.ts';
import { openAuthenticator } from './auth/open-authenticator.ts';
import type { ProviderSignIn } from './auth/provider-sign-in.ts';
import type { CollectorThread } from './collector/collector-thread.ts';
import { checkExposure } from './config/check-exposure.ts';
import { ConfigError } from './config/config-error.ts';
import type { HistoryPlace } from './config/history-place.ts';
import { orOptionError } from './config/option-error.ts';
import type { OptionValues } from './config/options.ts';
import { publicAddress } from './config/public-address.ts';
import { readAuthRules } from './config/read-auth-rules.ts';
import { readBrokerOptions } from './config/read-broker-options.ts';
import { type CollectorsHealth, type CollectorsWatch, openCollectorsWatch } from './desk/collectors-watch.ts';
import { openGaugeSampler } from './desk/gauge-sampler.ts';
import { openDesk } from './desk/open-desk.ts';
import { buildApp } from './http/build-app.ts';
import { isThisMachineOnly, ListenError, listen, type Place } from './http/listen.ts';
import { openTls, TlsError } from './http/tls.ts';
import { createFullRedaction } from './redaction/create-full-redaction.ts';
import { createRedaction } from './redaction/create-redaction.ts';
import { secretNameRules } from './redaction/secret-name-rules.ts';
import type { Ledger } from './store/ledger.ts';
import type { Store, WorkerDetails } from './store/store.ts';
import { openSqliteLedger } from './store/sqlite/open-ledger.ts';
import { openSqliteReaders } from './store/sqlite/reader-pool.ts';

/** What is known before anything is opened. */
export interface Prepared {
  readonly rules: AuthRules;
  readonly at: Place;
  readonly reachedAt: string | null;
  readonly thisMachineOnly: boolean;
  readonly tls: Awaited<ReturnType<typeof openTls>>;
}

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly signInLink: string | null;
  /** Answers what is under way, and nobody else. */
  shut(): Promise<void>;
}

export interface ServingParts {
  readonly place: HistoryPlace;
  /** The one of this process; null where others collect. */
  readonly collector: CollectorThread | null;
  readonly log: Logger;
  readonly version: string;
}

/** @throws ConfigError when people could not be served as the options say */
export async function prepareServing(config: OptionValues, log: Logger): Promise<Prepared> {
  const rules = readAuthRules(config);
  const at = placeOf(config);
  const reachedAt = publicAddress(config);
  const thisMachineOnly = isThisMachineOnly(at);
  const exposure = checkExposure(config, rules, { thisMachineOnly });
  if (exposure !== null) log.warn({}, exposure);
  const { certfile, keyfile, 'ca-certs': caCerts } = config;
  const tls = await orConfigError([TlsError], () => openTls({ certfile, keyfile, caCerts }, { log }));
  return { rules, at, reachedAt, thisMachineOnly, tls };
}

/** @throws ConfigError, CeleryError, StoreError as they come */
export async function startServing(
  config: OptionValues,
  { rules, at, reachedAt, thisMachineOnly, tls }: Prepared,
  { place, collector, log, version }: ServingParts,
): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const brokerOptions = readBrokerOptions(config);
  const broker = opened.use(await orOptionError('--broker', () => openBroker({ ...brokerOptions, log })));
  const store = opened.use(await openHistory(place, log));
  const ledger = opened.use(await openLedger(place, log));
  log.info({}, `sessions, tokens and audit trail: ${ledger.location}`);
  const redaction = createRedaction({ names: secretNameRules(config.redact) });
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
          await orOptionError('--result-backend', () =>
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
  const collectorHealth =
    place.kind === 'file' && collector !== null
      ? () => collector.status()
      : sharedHealth(opened.use(await openCollectorsWatch(store)));
  const desk = opened.use(
    await openDesk({
      store,
      broker,
      mailbox,
      results,
      collectorHealth,
      inspectTimeoutMs: config['inspect-timeout'],
      enableEvents: config['enable-events'],
      defaultQueue: config['default-queue'],
      ...(config['redact-stored']
        ? { redactReplies: (replies: WorkerDetails['replies']) => redaction.workerReplies(replies) }
        : {}),
      log,
    }),
  );
  const isBusy = () => collectorHealth().events.lagSeconds > 2;
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
  const address = await orConfigError([ListenError], () => listen(app, at));
  if (tls !== null) opened.adopt(tls.startReloading(app.server as Server), (stop) => stop());
  const prefix = config['url-prefix'];
  const url = reachedAt ?? `${address}${prefix}`;
  const linkBase = reachedAt === null && 'socketPath' in at ? prefix : url;
  const signInLink =
    authenticator.open || needsSignIn(rules)
      ? null
      : `${linkBase}/login/link?token=${await createOneTimeLink(ledger)}`;

  const closing = opened.move();
  return {
    url,
    signInLink,
    shut: () => app.close(),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

function sharedHealth(watch: CollectorsWatch): () => CollectorsHealth {
  return () => watch.health();
}

/** Of the two stores only the one that is used is loaded: a client of PostgreSQL costs memory. */
async function openHistory(place: HistoryPlace, log: Logger): Promise<Store> {
  if (place.kind === 'file') return openSqliteReaders({ path: place.path, log });
  const { openPostgresStore } = await import('./store/postgres/open-postgres.ts');
  return openPostgresStore({ url: place.url, log });
}

async function openLedger(place: HistoryPlace, log: Logger): Promise<Ledger> {
  if (place.kind === 'file') return openSqliteLedger({ path: place.ledgerPath, log });
  const { openPostgresLedger } = await import('./store/postgres/ledger/open-ledger.ts');
  return openPostgresLedger({ url: place.url, log });
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
