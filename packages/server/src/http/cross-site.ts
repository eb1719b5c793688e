// Keeps other web sites from using a visitor's browser against this server: a page elsewhere must not send commands
// (cross-site requests), nor reach a server on the visitor's own machine under a name of its own (DNS rebinding).
import { isIP } from 'node:net';
import { Refusal } from './errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITES = new Set(['same-origin', 'none']);

interface Headers {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/**
 * Browsers say where a request comes from; scripts and curl say nothing and pass.
 * @throws Refusal 403 when a method that changes something is called from another site
 */
export function refuseCrossSite(method: string, headers: Headers): void {
  if (SAFE_METHODS.has(method)) return;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    if (typeof site === 'string' && OWN_SITES.has(site)) return;
    throw new Refusal(403, 'Another web site asked for this; it was not done.');
  }
  if (headers.origin === undefined || hostOf(headers.origin) === headers.host?.toLowerCase()) return;
  throw new Refusal(403, `The web site ${headers.origin.slice(0, 200)} asked for this; it was not done.`);
}

/** `host[:port]` of an origin; undefined for `null` and nonsense. */
function hostOf(origin: string): string | undefined {
  const url = URL.parse(origin);
  return url === null ? undefined : url.host;
}

/**
 * For a server that anybody on this machine may use: answers only to names that mean this machine.
 * @throws Refusal 403 for any other Host
 */
export function refuseForeignName(host: string | undefined, ownNames: readonly string[]): void {
  if (host === undefined) return;
  const name = nameOf(host);
  if (meansThisMachine(name) || ownNames.some((own) => own.toLowerCase() === name)) return;
  throw new Refusal(
    403,
    `This server needs no sign-in and listens on this machine only, so it answers to localhost and addresses, not to ${host.slice(0, 200)}. To use another name, allow it with --allowed-hosts, or configure --basic-auth or API keys.`,
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

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(address: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(address);
}
