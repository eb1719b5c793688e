// Keeps other web sites from using a visitor's browser against this server: a page elsewhere must not send commands
// (cross-site requests), nor reach a server on the visitor's own machine under a name of its own (DNS rebinding).
import { isIP } from 'node:net';
import { Refusal } from './errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITES = new Set(['same-origin', 'none']);

interface Headers {
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** Methods that change nothing. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Browsers say where a request comes from; scripts and curl say nothing and pass.
 * @param ownHosts `host[:port]` under which the browser may see this server
 * @param friends origins that CORS lets in
 * @throws Refusal 403 when a method that changes something is called from another site
 */
export function refuseCrossSite(
  method: string,
  headers: Headers,
  { ownHosts, friends }: { readonly ownHosts: readonly string[]; readonly friends: readonly string[] },
): void {
  if (isSafeMethod(method)) return;
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && friends.includes(origin)) return;
  if (site !== undefined) {
    if (typeof site === 'string' && OWN_SITES.has(site)) return;
    throw new Refusal(403, 'Another web site asked for this; it was not done.', { code: 'cross_site' });
  }
  if (origin === undefined) return;
  const host = hostOf(origin);
  if (host !== '' && ownHosts.includes(host)) return;
  throw new Refusal(403, `The web site ${origin.slice(0, 200)} asked for this; it was not done.`, {
    code: 'cross_site',
  });
}

/** `host[:port]` of an origin; empty for `null` and nonsense. */
function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? '';
}

/**
 * For a server that anybody who reaches it may use: answers only to names that no web site elsewhere can have, so that a name
 * made to point here does not open it to that site.
 * @param loopbackOnly only names of this machine; else also those that mean something in a private network alone
 * @throws Refusal 403 for any other host
 */
export function refuseForeignName(
  host: string,
  { ownNames, loopbackOnly }: { readonly ownNames: readonly string[]; readonly loopbackOnly: boolean },
): void {
  const name = nameOf(host);
  if (meansThisMachine(name) || (!loopbackOnly && isPrivate(name))) return;
  if (ownNames.some((own) => own.toLowerCase() === name)) return;
  throw new Refusal(
    403,
    `This server needs no sign-in, so it answers to ${loopbackOnly ? 'localhost and addresses' : 'addresses and names of private networks'}, not to ${host.slice(0, 200)}. To use another name, allow it with --allowed-hosts, or configure --basic-auth or API keys.`,
    { code: 'foreign_name' },
  );
}

/** `[::1]:5555` ▶ `::1`, `Example.org.` ▶ `example.org`. */
function nameOf(host: string): string {
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.toLowerCase());
  return (parts?.[1] ?? parts?.[2] ?? '').replace(/\.$/, '');
}

/** No web site can be served under an address or under localhost; only names can be made to point elsewhere. */
function meansThisMachine(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
}

/** Nobody can register these: names without a dot, and those set apart for private use (RFC 6762, 8375, ICANN). */
function isPrivate(name: string): boolean {
  return !name.includes('.') || /\.(?:internal|local|home\.arpa)$/.test(name);
}
