// Who is at the other end of a request and how they see this server: through trusted proxies, and not a step further.
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Evidence } from '../auth/authenticator.ts';
import { type CookieFacts, sessionCookie } from './own-cookie.ts';

export interface Client {
  /** Null when it is not known. */
  readonly address: string | null;
  /** The client speaks https, with this server or with a trusted proxy. */
  readonly https: boolean;
  /** `host[:port]` in lower case; empty when there is none that can be read. */
  readonly host: string;
  /** Scheme and host as the browser has them in its address bar. */
  readonly site: string;
  /** `site` and the URL prefix: where this server's own paths begin. No slash at the end. */
  readonly origin: string;
  readonly cookies: CookieFacts;
  readonly evidence: Evidence;
}

export interface ClientOptions {
  readonly urlPrefix: string;
  /** Where people reach this server, when it is configured; a path in it stands for the prefix. */
  readonly publicUrl: URL | null;
}

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

export function seeClient(request: FastifyRequest, { urlPrefix, publicUrl }: ClientOptions): Client {
  const host = HOST.test(request.host) ? request.host.toLowerCase() : '';
  const https = publicUrl === null ? request.protocol === 'https' : publicUrl.protocol === 'https:';
  const site = publicUrl?.origin ?? `${https ? 'https' : 'http'}://${host === '' ? 'localhost' : host}`;
  const path = publicUrl === null || publicUrl.pathname === '/' ? urlPrefix : publicUrl.pathname;
  const cookies = { header: request.headers.cookie, https, urlPrefix };
  const address = plainAddress(request.ip);
  return {
    address,
    https,
    host,
    site,
    origin: `${site}${path.replace(/\/$/, '')}`,
    cookies,
    evidence: {
      authorization: request.headers.authorization,
      sessionCookie: sessionCookie(cookies).value,
      header: (name) => headerOf(request, name),
      peer: plainAddress(request.raw.socket.remoteAddress),
      address,
      userAgent: request.headers['user-agent'] ?? null,
    },
  };
}

/** What X-Forwarded-For says may be anything: with a port it is an address still, nonsense is none. */
function plainAddress(text: string | undefined): string | null {
  if (text === undefined) return null;
  const bare = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(text);
  const address = (bare?.[1] ?? bare?.[2] ?? text).replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(address) === 0 ? null : address;
}

/** Node joins most headers that come twice into one text, which would let a second value hide behind the first. */
export function headerOf(request: FastifyRequest, name: string): string | readonly string[] | undefined {
  const { rawHeaders } = request.raw;
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  }
  return values.length > 1 ? values : values[0];
}
