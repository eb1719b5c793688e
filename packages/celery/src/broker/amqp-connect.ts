// One connection to one RabbitMQ address, from the first packet to the end. Trying again and elsewhere is amqp-link.ts.
import { connect as connectSocket } from 'node:net';
import { type ChannelModel, connect, type SocketOptions } from 'amqplib';
import type { AmqpAddress } from './broker-url.ts';
import { readTlsOptions } from './tls-options.ts';

/** An open connection. It does not heal. */
export interface AmqpConnection {
  readonly model: ChannelModel;
  readonly address: AmqpAddress;
  readonly isOpen: boolean;
  /** Why RabbitMQ takes no messages now (`connection.blocked`: memory or disk are low), or null. */
  readonly blocked: string | null;
  /** Resolves when the connection has ended, with the reason if there is one. */
  readonly ended: Promise<unknown>;
  /** Says goodbye, which may take `graceMs`, and closes the socket. Safe to call twice. */
  close(graceMs: number): Promise<void>;
}

/**
 * A dead connection is noticed after two to three silent intervals: 10 to 15 s. With the server's own suggestion of 60 s
 * a frozen network would pass for a quiet one for minutes.
 */
const HEARTBEAT_S = 5;

/**
 * Connects within `timeoutMs`, from the resolution of the name to AMQP's handshake.
 * @throws whatever socket, TLS and handshake say: see describeConnectionError
 */
export async function connectAmqp(
  address: AmqpAddress,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<AmqpConnection> {
  // amqplib has no way to give up an attempt, nor to close a socket that does not answer; destroying the socket is both.
  const socketEnd = new AbortController();
  const giveUp = (): void => socketEnd.abort();
  const timer = setTimeout(giveUp, options.timeoutMs);
  options.signal.addEventListener('abort', giveUp);
  try {
    options.signal.throwIfAborted();
    return createConnection(await openModel(address, socketEnd.signal), address, socketEnd);
  } catch (error) {
    const late = socketEnd.signal.aborted && !options.signal.aborted;
    socketEnd.abort();
    throw late ? Object.assign(new Error('timed out', { cause: error }), { code: 'ETIMEDOUT' }) : error;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', giveUp);
  }
}

async function openModel(address: AmqpAddress, signal: AbortSignal): Promise<ChannelModel> {
  const { host, port, username, password, vhost } = address;
  const target = {
    hostname: host,
    port,
    username: username ?? 'guest',
    password: password ?? 'guest',
    // amqplib decodes it once more.
    vhost: encodeURIComponent(vhost),
    heartbeat: HEARTBEAT_S,
  };
  const base = { noDelay: true, keepAlive: true, clientProperties: { connection_name: 'umbel' } };
  const plain: SocketOptions & { signal: AbortSignal } = { ...base, signal };
  if (address.tls === null) return connect({ ...target, protocol: 'amqp' }, plain);
  const tls = await readTlsOptions(address.tls);
  // TLS sockets do not look at a signal, but end with the socket below them.
  return connect(
    { ...target, protocol: 'amqps' },
    { ...base, ...tls, socket: connectSocket({ host, port, signal }) },
  );
}

function createConnection(
  model: ChannelModel,
  address: AmqpAddress,
  socketEnd: AbortController,
): AmqpConnection {
  let blocked: string | null = null;
  let isOpen = true;
  let lastError: unknown;
  let closing: Promise<void> | null = null;
  model.on('blocked', (reason) => {
    blocked = reason || 'resources are low';
  });
  model.on('unblocked', () => {
    blocked = null;
  });
  model.on('error', (error) => {
    lastError = error;
  });
  const ended = new Promise<unknown>((resolve) => {
    model.on('close', (error) => {
      isOpen = false;
      // After a heartbeat timeout amqplib waits for the dead peer to close the socket.
      socketEnd.abort();
      resolve(error ?? lastError);
    });
  });
  const close = async (graceMs: number): Promise<void> => {
    const timer = setTimeout(() => socketEnd.abort(), graceMs);
    // Rejects when the connection has ended already: just as good.
    if (isOpen) await Promise.race([model.close().catch(() => undefined), ended]);
    clearTimeout(timer);
    socketEnd.abort();
  };
  return {
    model,
    address,
    ended,
    get isOpen() {
      return isOpen;
    },
    get blocked() {
      return blocked;
    },
    close: (graceMs) => (closing ??= close(graceMs)),
  };
}
