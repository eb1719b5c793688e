// Which of several Redis servers is used now. All connections of one broker share one of these.
import type { RedisAddress } from './broker-url.ts';
import { CeleryError } from '../errors.ts';

export interface RedisFailover {
  readonly current: RedisAddress;
  /** Says that this address does not work; the next one becomes current, unless that has happened already. */
  failed(address: RedisAddress): void;
  /** Calls `listener` when another address becomes current. Returns the way to stop. */
  onSwitch(listener: (address: RedisAddress) => void): () => void;
}

/** Starts with the first address. */
export function createRedisFailover(addresses: readonly RedisAddress[]): RedisFailover {
  const listeners = new Set<(address: RedisAddress) => void>();
  const [first] = addresses;
  if (first === undefined) throw new CeleryError('bad_argument', 'A broker needs an address.');
  let current = first;
  return {
    get current() {
      return current;
    },
    failed(address) {
      if (address !== current) return;
      const next = addresses[(addresses.indexOf(address) + 1) % addresses.length];
      if (next === undefined || next === address) return;
      current = next;
      for (const listener of listeners) listener(next);
    },
    onSwitch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
