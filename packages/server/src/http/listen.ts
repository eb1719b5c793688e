// Where the server listens: an address and a port, or a unix socket that never lets anybody in whom its mode does not.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';

export type Place =
  | { readonly host: string; readonly port: number }
  /** `mode`: permissions of the socket file. */
  | { readonly socketPath: string; readonly mode: number };

/** Whether nobody on another machine can connect there. */
export function isThisMachineOnly(place: Place): boolean {
  return 'socketPath' in place || /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(place.host);
}

/** It cannot listen there; `message` is one sentence for the person who started it. */
export class ListenError extends Error {
  override name = 'ListenError';
}

/**
 * Starts to listen. The file of a socket whose process is gone is replaced, anything else is left as it is; the file goes
 * when the app closes.
 * @returns where it answers: `http://…`, `https://…`, or `unix:` and the path
 * @throws ListenError when something else is at the path of the socket; system errors such as EADDRINUSE, said in a sentence
 */
export async function listen(app: FastifyInstance, place: Place): Promise<string> {
  if ('host' in place) return listenAt(app, place);
  const path = resolve(place.socketPath);
  await removeStaleSocket(path);
  // So that nothing but the listening itself happens under the narrow umask.
  await app.ready();
  // The file comes into being with the permissions of the umask: it must not be open for a moment to more than it will be.
  // Narrower than both, because files of other threads may come into being at the same time.
  const before = process.umask();
  process.umask(before | (0o777 & ~place.mode));
  try {
    await app.listen({ path });
  } finally {
    process.umask(before);
  }
  chmodSync(path, place.mode);
  return `unix:${path}`;
}

async function listenAt(
  app: FastifyInstance,
  place: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen(place);
  } catch (error) {
    const sentence = error instanceof Error && 'code' in error ? explain(error.code, place) : undefined;
    // Still the system's own error: the options were right, it just cannot be done now.
    if (error instanceof Error && sentence !== undefined) error.message = sentence;
    throw error;
  }
}

function explain(code: unknown, { host, port }: { host: string; port: number }): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Another process listens on port ${port} of ${host} already. Stop it, or take another --port.`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Take a --port from 1024 on.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine. Take another --address.`;
    default:
      return undefined;
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new ListenError(`${path} is there already and is not a socket; it was left as it is.`);
  const failure = await connectError(path);
  if (failure === null)
    throw new ListenError(`Another process listens on ${path}. Stop it, or take another --unix-socket.`);
  if (failure.code === 'ENOENT') return;
  if (failure.code !== 'ECONNREFUSED')
    throw new ListenError(`It cannot be told whether another process listens on ${path}: ${failure.message}`);
  unlinkSync(path);
}

/** Null when somebody answers. */
function connectError(path: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((settle) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      settle(null);
    });
    socket.once('error', settle);
  });
}
