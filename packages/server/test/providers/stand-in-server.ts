// A small HTTP server on this machine that stands in for a provider: routes by path, and knobs to misbehave on any of them.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestScope } from '@umbel/testkit';

export interface StandInCall {
  readonly method: string;
  readonly url: URL;
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface StandInReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; missing: no body. */
  readonly json?: unknown;
}

/**
 * What a path does instead of its work: never answer, answer without end, send one elsewhere, answer with a status, or answer
 * with something of one's own.
 */
export type Misbehaviour = 'silent' | 'endless' | { readonly redirectTo: string } | StandInReply;

export interface StandInServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** By path. */
  readonly misbehave: Map<string, Misbehaviour>;
  /** Everything that was asked, in order. */
  readonly calls: StandInCall[];
  /** Bytes sent by paths that answer without end. */
  readonly endlessBytes: () => number;
  /** Ends it as if the provider were away. */
  stop(): Promise<void>;
}

/** @param handle null: 404 */
export async function startStandIn(
  t: TestScope,
  handle: (call: StandInCall) => StandInReply | null | Promise<StandInReply | null>,
): Promise<StandInServer> {
  const misbehave = new Map<string, Misbehaviour>();
  const calls: StandInCall[] = [];
  let endlessBytes = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: StandInCall = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', 'http://stand-in.invalid'),
      form: new URLSearchParams(await text(request)),
      authorization: request.headers.authorization,
    };
    calls.push(call);
    const misbehaviour = misbehave.get(call.url.pathname);
    if (misbehaviour === 'silent') return;
    if (misbehaviour === 'endless') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const chunk = Buffer.alloc(65_536, '[');
      while (!response.destroyed && endlessBytes < 50_000_000) {
        endlessBytes += chunk.length;
        if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
      }
      response.end();
      return;
    }
    if (misbehaviour !== undefined && 'redirectTo' in misbehaviour) {
      response.writeHead(302, { location: misbehaviour.redirectTo }).end();
      return;
    }
    const { status = 200, headers = {}, json } = misbehaviour ?? (await handle(call)) ?? { status: 404 };
    const body = json === undefined ? '' : JSON.stringify(json);
    response
      .writeHead(status, {
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      })
      .end(body);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  async function stop(): Promise<void> {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  t.after(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, misbehave, calls, endlessBytes: () => endlessBytes, stop };
}

/** A page of a list as GitHub and GitLab hand it out, with the header that tells of a next one. */
export function page(call: StandInCall, url: string, list: readonly unknown[]): StandInReply {
  const number = Number(call.url.searchParams.get('page') ?? 1);
  const size = Number(call.url.searchParams.get('per_page') ?? 30);
  const next = new URL(call.url.pathname + call.url.search, url);
  next.searchParams.set('page', String(number + 1));
  return {
    json: list.slice((number - 1) * size, number * size),
    headers: list.length > number * size ? { link: `<${next.href}>; rel="next"` } : {},
  };
}
