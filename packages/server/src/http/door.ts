// What every request passes first, whoever it comes from: security headers; headers that came twice and URLs that are too
// long (400, 414); foreign names and sites (403).
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import { type Client, type ClientOptions, headerOf, seeClient } from './client.ts';
import { refuseCrossSite, refuseForeignName } from './cross-site.ts';
import { Refusal } from './errors.ts';
import type { Route } from './route.ts';
import { securityHeaders } from './security-headers.ts';
import { Trail } from './trail.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The line of THE LIST. */
    route?: Route;
  }
  interface FastifyRequest {
    /** Set by the door. */
    client: Client;
    /** Set by the door. */
    trail: Trail;
  }
}

/** Node's limit on all headers is 16 KiB; this one leaves room for cookies and has a sentence of its own. */
const MAX_URL_CHARS = 8_000;

/** A proxy may have looked at the one and Umbel at the other, so neither is believed. */
const ONCE_ONLY = ['host', 'authorization', 'origin', 'x-csrf-token', 'sec-fetch-site'];

export interface DoorOptions extends ClientOptions {
  /** Nobody has to say who they are. */
  readonly open: boolean;
  readonly loopbackOnly: boolean;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly frameAncestors: readonly string[];
  readonly audit: Audit;
}

/** The hook. @throws Refusal */
export function createDoor(options: DoorOptions) {
  const { publicUrl, loopbackOnly, corsOrigins, frameAncestors, audit } = options;
  const ownNames = [...options.allowedHosts, ...(publicUrl === null ? [] : [publicUrl.hostname])];
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const client = seeClient(request, options);
    request.client = client;
    const action = request.routeOptions.config.route?.operation.action;
    request.trail = new Trail({ audit, action, address: client.address });
    reply.headers(securityHeaders({ https: client.https, frameAncestors }));
    forgetIdleContentType(request.headers);
    for (const name of ONCE_ONLY) {
      if (Array.isArray(headerOf(request, name))) throw new Refusal(400, `The header ${name} came twice.`);
    }
    if (request.host !== '' && client.host === '')
      throw new Refusal(400, 'The host is not one that can be read.');
    if (request.url.length > MAX_URL_CHARS) {
      throw new Refusal(
        414,
        `The URL is longer than ${MAX_URL_CHARS} characters; send parameters in the body.`,
      );
    }
    if (options.open && client.host !== '') refuseForeignName(client.host, { ownNames, loopbackOnly });
    refuseCrossSite(request.method, request.headers, {
      ownHosts: publicUrl === null ? [client.host] : [client.host, publicUrl.host],
      friends: corsOrigins,
    });
  };
}

/** Some clients name a content type with every request; without a body it says nothing, so it cannot be wrong. */
function forgetIdleContentType(headers: FastifyRequest['headers']): void {
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') {
    delete headers['content-type'];
  }
}
