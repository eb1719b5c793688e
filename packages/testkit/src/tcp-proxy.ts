// A TCP proxy before a server, for failures that only a network has: connections cut or refused, frozen, slow.
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import type { TestScope } from './test-scope.ts';

export interface TcpProxy {
  readonly host: string;
  /** Connect here instead. */
  readonly port: number;
  /** The given URL with host and port replaced by the proxy's. */
  url(original: string): string;
  /** How many connections are open now. */
  connections(): number;
  /** Cuts all connections (a reset for the client) and refuses new ones. */
  cut(): Promise<void>;
  /** Accepts connections again, at the same port. */
  restore(): Promise<void>;
  /** Cuts all connections; new ones go through. */
  drop(): void;
  /** From now no byte passes, in either direction; connections stay open and new ones are accepted: a dead network. */
  freeze(): void;
  /** Lets everything that waited pass, in order. */
  thaw(): void;
  /** Holds every piece of data back by this time, in each direction, keeping the order; 0 ends it. */
  delay(ms: number): void;
}

/** Starts a proxy on a free port of 127.0.0.1; closed after the test. */
export async function startProxy(t: TestScope, target: { host: string; port: number }): Promise<TcpProxy> {
  const clients = new Set<Socket>();
  const gate = createGate();
  const accept = (client: Socket): void => {
    const server = createConnection({ host: target.host, port: target.port, noDelay: true });
    client.setNoDelay(true);
    clients.add(client);
    const end = (): void => {
      clients.delete(client);
      if (!client.destroyed) client.resetAndDestroy();
      server.destroy();
    };
    // Errors of either side end both: that is the whole answer of a network, and the test sees it at its client.
    client.once('close', end);
    pipeline(client, gate.passage(), server).catch(end);
    pipeline(server, gate.passage(), client).catch(end);
  };
  const drop = (): void => {
    for (const client of clients) client.resetAndDestroy();
  };

  const server = createServer({ allowHalfOpen: true }, accept);
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve()); // answers at once with an error when it is closed already
      drop();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  t.after(async () => {
    gate.thaw();
    await cut();
  });
  return {
    host: '127.0.0.1',
    port,
    url: (original) => original.replace(/(\/\/(?:[^@/]*@)?)[^/?]*/, `$1127.0.0.1:${port}`),
    connections: () => clients.size,
    cut,
    restore: async () => {
      if (!server.listening) await listen(port);
    },
    drop,
    freeze: () => gate.freeze(),
    thaw: () => gate.thaw(),
    delay: (ms) => gate.delay(ms),
  };
}

/** What all passages of one proxy obey. */
function createGate(): {
  passage(): Transform;
  freeze(): void;
  thaw(): void;
  delay(ms: number): void;
} {
  let delayMs = 0;
  let frozen = false;
  const waiting: (() => void)[] = [];
  return {
    passage: () =>
      new Transform({
        // One piece at a time, so that order is kept. Frozen or not is looked at after the delay: it may have changed meanwhile.
        transform(piece: Buffer, _encoding, done) {
          const pass = (): void => {
            if (frozen) waiting.push(() => done(null, piece));
            else done(null, piece);
          };
          if (delayMs > 0) setTimeout(pass, delayMs);
          else pass();
        },
      }),
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
      for (const pass of waiting.splice(0)) pass();
    },
    delay: (ms) => {
      delayMs = ms;
    },
  };
}
