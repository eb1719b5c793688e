// What went wrong with RabbitMQ, as reply codes for programs and sentences for people. Never shows a password.
// Format: reply codes of AMQP 0-9-1; the wording of amqplib's errors.
import type { AmqpAddress } from './broker-url.ts';
import { maskUrls } from './mask-url.ts';

export const ACCESS_REFUSED = 403;
export const NOT_FOUND = 404;
/** Somebody else's exclusive queue. */
export const RESOURCE_LOCKED = 405;
/** It exists with other flags or arguments. */
export const PRECONDITION_FAILED = 406;

/** How amqplib's errors quote the server. */
const SERVER_TEXT = /with message "(.*)"$/s;

/** The AMQP reply code that an error of amqplib carries, or null. */
export function replyCode(error: unknown): number | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'number' ? code : null;
}

/** Why a connection could not be made or was lost: a sentence without its full stop. */
export function describeConnectionError(error: unknown, address: AmqpAddress): string {
  const place = `${address.host}:${address.port}`;
  const text = errorText(error);
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return `nothing listens at ${place}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${address.host} cannot be resolved`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `the connection to ${place} was cut`;
    case 'ETIMEDOUT':
      return `${place} gave no answer in time`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${place} cannot be reached`;
    default:
      break;
  }
  if (/ACCESS[-_]REFUSED.*Login/i.test(text)) {
    return `${place} refused the user "${address.username}": wrong name or password`;
  }
  // The last step of the handshake opens the vhost; amqplib does not tell the server's reason for refusing it.
  if (/Expected ConnectionOpenOk; got <ConnectionClose/.test(text)) {
    return `${place} refused the vhost "${address.vhost}" to the user "${address.username}": it does not exist, or the user may not use it`;
  }
  if (/Heartbeat timeout/.test(text)) return `${place} gave no sign of life`;
  if (/Socket closed abruptly|Unexpected close/.test(text)) return `${place} closed the connection`;
  const said = SERVER_TEXT.exec(text)?.[1];
  return maskUrls(said === undefined ? `${place}: ${text}` : `${place} closed the connection: ${said}`);
}

/** What the server said about an operation, e.g. `ACCESS_REFUSED - access to exchange … refused for user …`. */
export function describeOperationError(error: unknown): string {
  const text = errorText(error);
  return maskUrls(SERVER_TEXT.exec(text)?.[1] ?? text);
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host name were tried in vain: an AggregateError without a text of its own.
  return (
    error.message || (error instanceof AggregateError ? error.errors.map(errorText).join('; ') : error.name)
  );
}

function systemCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
