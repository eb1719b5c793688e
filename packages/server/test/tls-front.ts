// A reverse proxy as it stands in front of Umbel: takes https, passes everything on as http, and says what it has seen.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificates, type TestScope } from '@umbel/testkit';

export interface TlsFront {
  /** `https://localhost:PORT`, with a certificate that no browser knows. */
  readonly url: string;
  /** From now on it passes requests on to `http://127.0.0.1:PORT`. */
  passTo(url: string): void;
}

/**
 * @param headers what it adds to what the browser sent; `Host` is that of whom it passes on to, as nginx does it when nothing is said
 */
export async function startTlsFront(
  t: TestScope,
  headers: (seen: { readonly host: string; readonly address: string }) => IncomingHttpHeaders,
): Promise<TlsFront> {
  const { cert, key } = await createCertificates(t);
  let target: URL | null = null;
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (incoming, answer) => {
    if (target === null) {
      answer.writeHead(502).end();
      return;
    }
    const seen = {
      host: incoming.headers.host ?? '',
      address: incoming.socket.remoteAddress ?? '',
    };
    const onward = request(
      new URL(incoming.url ?? '/', target),
      {
        method: incoming.method,
        headers: { ...incoming.headers, host: target.host, ...headers(seen) },
      },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    passTo: (url) => {
      target = new URL(url);
    },
  };
}
