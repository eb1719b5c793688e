// Reads broker URLs as kombu reads them. Masking is in mask-url.ts; turning TLS settings into sockets in tls-options.ts.
// Format: kombu/utils/url.py and the transports' own rules (checked against kombu 5.7.0).
import { CeleryError } from '../errors.ts';
import { maskUrl } from './mask-url.ts';

/** What the URL says about TLS. File names are not opened here. */
export interface TlsSettings {
  /** False: any certificate is accepted. */
  readonly verify: boolean;
  /**
   * True when nothing in the URL asks for this lack of verification (`rediss://` without any `ssl_*` parameter, which
   * kombu accepts without verifying): worth a warning.
   */
  readonly unverifiedByDefault: boolean;
  /** Whether the certificate must be for this host. Only with `verify`. */
  readonly checkHostname: boolean;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly keyPassword: string | null;
  /** OpenSSL cipher list. */
  readonly ciphers: string | null;
}

interface Address {
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: TlsSettings | null;
  /** Password masked. */
  readonly displayUrl: string;
}

export interface RedisAddress extends Address {
  /** Host name or address, IPv6 without brackets; unused with `socketPath`. */
  readonly host: string;
  readonly port: number;
  /** Path of a unix socket, or null for TCP. */
  readonly socketPath: string | null;
  readonly db: number;
}

export interface AmqpAddress extends Address {
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
}

/** Where a broker may be found: one address, or several that are tried in turn. Never empty. */
export type BrokerAddresses =
  | { readonly transport: 'redis'; readonly displayUrl: string; readonly addresses: readonly RedisAddress[] }
  | { readonly transport: 'amqp'; readonly displayUrl: string; readonly addresses: readonly AmqpAddress[] };

const REDIS_PORT = 6379;
const AMQP_PORT = 5672;
const AMQPS_PORT = 5671;

/**
 * Parses `redis://`, `rediss://`, `redis+socket://`, `socket://`, `amqp://`, `amqps://`, `pyamqp://`, alone or as a
 * `;`-separated failover list of one transport.
 *
 * TLS follows kombu: `rediss://` with no `ssl_*` parameter at all is not verified (`unverifiedByDefault`), because such
 * URLs are in use against servers with private certificates; with any of them the certificate and its host name are verified
 * unless `ssl_cert_reqs=none` or `ssl_check_hostname=false` says otherwise. `amqps://` is always verified unless told not to.
 * An `ssl_*` parameter that is not understood is an error: ignoring it could weaken what somebody asked for. Others, such as
 * `heartbeat`, are for Python's clients and say nothing here.
 * @throws CeleryError `bad_url`; `unsupported_transport` for schemes that kombu knows and this package does not
 */
export function parseBrokerUrl(url: string): BrokerAddresses {
  const displayUrl = maskUrl(url);
  const parsed = url
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseOne);
  if (parsed.length === 0) throw badUrl(url, 'is empty');
  const redis = parsed.flatMap((p) => (p.transport === 'redis' ? [p.address] : []));
  const amqp = parsed.flatMap((p) => (p.transport === 'amqp' ? [p.address] : []));
  if (amqp.length === 0) return { transport: 'redis', displayUrl, addresses: redis };
  if (redis.length === 0) return { transport: 'amqp', displayUrl, addresses: amqp };
  throw badUrl(url, 'mixes Redis and RabbitMQ in one failover list');
}

type Parsed =
  | { readonly transport: 'redis'; readonly address: RedisAddress }
  | { readonly transport: 'amqp'; readonly address: AmqpAddress };

function parseOne(url: string): Parsed {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'redis':
    case 'rediss':
      return { transport: 'redis', address: parseRedis(scheme, url) };
    case 'socket':
    case 'redis+socket':
      return { transport: 'redis', address: parseRedisSocket(url) };
    case 'amqp':
    case 'amqps':
    case 'pyamqp':
      return { transport: 'amqp', address: parseAmqp(scheme, url) };
    case undefined:
      throw badUrl(url, 'has no scheme such as redis:// or amqp://');
    default:
      throw new CeleryError('unsupported_transport', unsupportedSentence(scheme), {
        params: { scheme, url: maskUrl(url) },
      });
  }
}

function unsupportedSentence(scheme: string): string {
  if (scheme === 'sentinel') {
    return 'Redis Sentinel (sentinel://) is not supported yet: name the Redis master itself with redis://host:port/db.';
  }
  return `The transport ${scheme}:// is not supported: brokers are reached by redis://, rediss://, redis+socket://, amqp:// and amqps://.`;
}

function parseRedis(scheme: string, url: string): RedisAddress {
  const parts = splitUrl(url);
  const tls = takeTlsSettings(parts.parameters, url);
  rejectCredentialProvider(parts.parameters, url);
  return {
    host: parts.host ?? '127.0.0.1',
    port: parts.port ?? REDIS_PORT,
    socketPath: null,
    db: parseDb(parts.path, url),
    username: parts.username,
    password: parts.password,
    tls: tls ?? (scheme === 'rediss' ? UNVERIFIED_BY_DEFAULT : null),
    displayUrl: maskUrl(url),
  };
}

function parseRedisSocket(url: string): RedisAddress {
  const parts = splitUrl(url);
  rejectCredentialProvider(parts.parameters, url);
  if (parts.path === '') throw badUrl(url, 'names no socket: write redis+socket:///path/to/redis.sock');
  return {
    host: 'localhost',
    port: REDIS_PORT,
    socketPath: `/${parts.path}`,
    db: parseDb(parts.parameters.get('virtual_host') ?? parts.parameters.get('db') ?? '', url),
    username: parts.username,
    password: parts.password,
    tls: null,
    displayUrl: maskUrl(url),
  };
}

function parseAmqp(scheme: string, url: string): AmqpAddress {
  const parts = splitUrl(url);
  const tls = takeTlsSettings(parts.parameters, url) ?? (scheme === 'amqps' ? VERIFIED : null);
  return {
    host: parts.host ?? 'localhost',
    port: parts.port ?? (tls ? AMQPS_PORT : AMQP_PORT),
    vhost: parts.path === '' ? '/' : parts.path,
    username: parts.username ?? 'guest',
    password: parts.password ?? 'guest',
    tls,
    displayUrl: maskUrl(url),
  };
}

interface UrlParts {
  readonly host: string | null;
  readonly port: number | null;
  readonly username: string | null;
  readonly password: string | null;
  /** Percent-decoded, without the first slash. */
  readonly path: string;
  readonly parameters: Map<string, string>;
}

/** Splits as Python's urlsplit does: WHATWG's URL would reject or rewrite what kombu accepts. */
function splitUrl(url: string): UrlParts {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/is.exec(url);
  const authority = match?.[1] ?? '';
  const at = authority.lastIndexOf('@');
  const credentials = at < 0 ? '' : authority.slice(0, at);
  const colon = credentials.indexOf(':');
  const place = /^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(authority.slice(at + 1));
  if (place === null) {
    throw badUrl(
      url,
      'has no readable host and port (characters like : / ? # @ in a password are written as %3A %2F …)',
    );
  }
  const port = place[3] ? Number(place[3]) : null;
  if (port !== null && (port < 1 || port > 65_535)) throw badUrl(url, 'has a port outside 1 … 65535');
  return {
    host: percentDecode(place[1] ?? place[2] ?? '') || null,
    port,
    username: percentDecode(colon < 0 ? credentials : credentials.slice(0, colon)) || null,
    password: (colon < 0 ? '' : percentDecode(credentials.slice(colon + 1))) || null,
    path: percentDecode((match?.[2] ?? '').replace(/^\//, '')),
    parameters: new Map(new URLSearchParams(match?.[3] ?? '')),
  };
}

/** Like Python's unquote: what is no valid escape stays as it is, `+` stays a plus. */
function percentDecode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function parseDb(path: string, url: string): number {
  const text = path.replace(/^\//, '');
  if (text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw badUrl(url, 'must end in the number of a database, e.g. /0');
  return Number(text);
}

function rejectCredentialProvider(parameters: Map<string, string>, url: string): void {
  if (parameters.has('credential_provider')) {
    throw badUrl(url, 'names a credential_provider, which is a Python class: give user and password instead');
  }
}

const VERIFIED: TlsSettings = {
  verify: true,
  unverifiedByDefault: false,
  checkHostname: true,
  caFile: null,
  certFile: null,
  keyFile: null,
  keyPassword: null,
  ciphers: null,
};
const UNVERIFIED_BY_DEFAULT: TlsSettings = {
  ...VERIFIED,
  verify: false,
  unverifiedByDefault: true,
  checkHostname: false,
};

const VERIFY_BY_CERT_REQS = new Map([
  ['cert_required', true],
  ['required', true],
  // A client that was promised a certificate verifies it: OpenSSL treats optional like required on this side.
  ['cert_optional', true],
  ['optional', true],
  ['cert_none', false],
  ['none', false],
]);

/** Removes the `ssl_*` parameters and says what they ask for; null when there are none. */
function takeTlsSettings(parameters: Map<string, string>, url: string): TlsSettings | null {
  let settings: TlsSettings | null = null;
  for (const [name, value] of parameters) {
    if (!name.startsWith('ssl_')) continue;
    parameters.delete(name);
    settings = { ...(settings ?? VERIFIED), ...readTlsParameter(name, value, url) };
  }
  return settings === null || settings.verify ? settings : { ...settings, checkHostname: false };
}

function readTlsParameter(name: string, value: string, url: string): Partial<TlsSettings> {
  switch (name) {
    case 'ssl_cert_reqs': {
      const verify = VERIFY_BY_CERT_REQS.get(value.toLowerCase());
      if (verify === undefined)
        throw badUrl(url, 'has an ssl_cert_reqs other than required, optional or none');
      return { verify };
    }
    case 'ssl_check_hostname':
      return { checkHostname: value.toLowerCase() !== 'false' };
    case 'ssl_ca_certs':
      return { caFile: value };
    case 'ssl_certfile':
      return { certFile: value };
    case 'ssl_keyfile':
      return { keyFile: value };
    case 'ssl_password':
      return { keyPassword: value };
    case 'ssl_ciphers':
      return { ciphers: value };
    default:
      throw badUrl(url, `has the parameter ${name}, which is not supported`);
  }
}

function badUrl(url: string, reason: string): CeleryError {
  const shown = maskUrl(url);
  return new CeleryError('bad_url', `The broker URL "${shown}" ${reason}.`, {
    params: { url: shown, reason },
  });
}
