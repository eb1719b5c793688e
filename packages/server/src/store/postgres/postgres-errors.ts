// PostgreSQL's errors, and those of the way to it, as StoreError. Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
import { StoreError } from '../store.ts';

const DISK_FULL = '53100';
const QUERY_CANCELED = '57014';
const DAMAGED = new Set(['XX001', 'XX002']);
/** Another transaction was in the way: the same work may succeed at once. */
const IN_THE_WAY = new Set(['40001' /* serialization */, '40P01' /* deadlock */]);
const UNAVAILABLE = new Set([
  '25006', // read only: a standby, after a failover
  '25P03', // idle in a transaction too long
  '3D000', // no such database
  '3F000', // no such schema
  '42501', // not allowed
  '55P03', // a lock was not to be had
]);
/** Connection, authorization, resources, an operator's intervention, the system. */
const UNAVAILABLE_CLASSES = new Set(['08', '28', '53', '57', '58']);
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** What `pg` says without a code when the connection went or did not come about. */
const CONNECTION_GONE =
  /^(connection terminated|timeout exceeded when trying to connect|client (has encountered|was closed)|query read timeout|the server does not support ssl|not queryable)/i;

/** Five characters when the server itself refused; undefined for everything else. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error);
  // Node's own codes (EPIPE) look alike; only the server's errors have a severity.
  return code !== undefined && SQLSTATE.test(code) && error instanceof Error && 'severity' in error
    ? code
    : undefined;
}

/** Whether the connection itself is of no use any more. */
export function isConnectionGone(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith('08') || state.startsWith('57P');
  return error instanceof Error && (codeOf(error) !== undefined || CONNECTION_GONE.test(error.message));
}

/** Whether the server did not answer at all in time: then asking again takes as long again. */
export function isSilent(error: unknown): boolean {
  return error instanceof Error && /^query read timeout/i.test(error.message);
}

export function isInTheWay(error: unknown): boolean {
  return IN_THE_WAY.has(sqlState(error) ?? '');
}

export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === QUERY_CANCELED;
}

/** The StoreError that stands for `error`; an error that says something of the statement itself comes back as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const state = sqlState(error);
  if (state === DISK_FULL)
    return new StoreError('full', `PostgreSQL has no space left: ${error.message}`, error);
  if (state === QUERY_CANCELED) {
    return new StoreError('too_slow', `PostgreSQL needed too long: ${error.message}`, error);
  }
  if (state !== undefined && DAMAGED.has(state)) {
    return new StoreError('damaged', `PostgreSQL found its data damaged: ${error.message}`, error);
  }
  const isAway =
    state === undefined
      ? isConnectionGone(error)
      : UNAVAILABLE.has(state) || IN_THE_WAY.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2));
  if (isAway)
    return new StoreError('unavailable', `PostgreSQL cannot be used now: ${reasonOf(error)}`, error);
  return error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Node tries every address of a name and puts what each said into one error without words of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
  }
  return error.message;
}
