// A way to PostgreSQL on which a connection breaks while the server commits.
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A way to the server on which the answer to a COMMIT can be lost. */
export async function startLossyWay(
  t: TestContext,
  target: { readonly host: string; readonly port: number },
) {
  let losing: { thenRefuse?: boolean } | null = null;
  let refusing = false;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = createConnection(target);
    let isLost = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => {
      if (losing !== null && data.includes('COMMIT\0')) {
        isLost = true;
        refusing = losing.thenRefuse === true;
        losing = null;
        // Idle connections would answer what became of it.
        if (refusing)
          for (const socket of open) if (socket !== client && socket !== upstream) socket.destroy();
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (isLost) client.destroy();
      else client.write(data);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return {
    url: (url: string) => url.replace(`:${target.port}/`, `:${port}/`),
    loseNextCommit(options: { thenRefuse?: boolean } = {}) {
      losing = options;
    },
    accept() {
      refusing = false;
    },
  };
}
