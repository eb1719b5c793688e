// Remembers what state a connection is in and since when, and tells those who want to know.
import type { ConnectionState } from './broker.ts';

/** A state without its time. */
export type ConnectionStep =
  | { readonly state: 'connecting' | 'connected' }
  | { readonly state: 'disconnected'; readonly error: string };

export interface ConnectionTracker {
  readonly current: ConnectionState;
  /** Enters a state. `sinceMs` stays when only the error sentence is another one. */
  enter(step: ConnectionStep): void;
  /** The listener must not throw. Returns the way to stop. */
  listen(listener: (connection: ConnectionState) => void): () => void;
}

/** Starts as `connecting`. `now` gives epoch milliseconds. */
export function createConnectionTracker(now: () => number = Date.now): ConnectionTracker {
  const listeners = new Set<(connection: ConnectionState) => void>();
  let current: ConnectionState = { state: 'connecting', sinceMs: now() };
  return {
    get current() {
      return current;
    },
    enter(step) {
      const same = step.state === current.state;
      if (same && step.state !== 'disconnected') return;
      if (step.state === 'disconnected' && current.state === 'disconnected' && step.error === current.error)
        return;
      current = { ...step, sinceMs: same ? current.sinceMs : now() };
      for (const listener of listeners) listener(current);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** One state for several connections of one broker: the worst of them. */
export function worstConnection(connections: readonly ConnectionState[]): ConnectionStep {
  const broken = connections.find((connection) => connection.state === 'disconnected');
  if (broken) return broken;
  return { state: connections.some(({ state }) => state === 'connecting') ? 'connecting' : 'connected' };
}
