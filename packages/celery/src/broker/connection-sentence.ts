import type { ConnectionState } from './broker.ts';

/** The state of a connection for people: since when, and what is wrong. Without passwords. */
export function connectionSentence(connection: ConnectionState): string {
  const since = new Date(connection.sinceMs).toISOString();
  return connection.state === 'disconnected'
    ? `disconnected since ${since}: ${connection.error}`
    : `${connection.state} since ${since}`;
}
