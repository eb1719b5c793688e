// Ports for servers that cannot choose their own. Leaves listening to the server.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems take ports for outgoing connections (Linux: from 32768), so that nobody takes the port
// in the moment between looking and listening, or while a server restarts.
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
const given = new Set<number>();

/** A TCP port on which nobody listens at 127.0.0.1. No port is given twice by one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (given.has(port)) continue;
    if (await isFreePort(port)) {
      given.add(port);
      return port;
    }
  }
}

/** Whether nobody listens on a TCP port at 127.0.0.1. */
export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
