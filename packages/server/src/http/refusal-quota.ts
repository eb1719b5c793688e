// How many refusals the audit trail keeps: whoever is refused again and again must not fill the disk, nor bury what matters.
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Lines a minute. */
const PER_ADDRESS = 60;
const IN_ALL = 600;

export interface RefusalQuota {
  /** Whether one more refusal of this client is kept. */
  take(address: string | null): Promise<boolean>;
}

export function createRefusalQuota({
  perAddress = PER_ADDRESS,
  inAll = IN_ALL,
}: {
  perAddress?: number;
  inAll?: number;
} = {}): RefusalQuota {
  const addresses = new RateLimiterMemory({ points: perAddress, duration: 60 });
  const everybody = new RateLimiterMemory({ points: inAll, duration: 60 });
  return {
    take: async (address) =>
      (await isWithin(addresses, address ?? 'unknown')) && (await isWithin(everybody, 'all')),
  };
}

/** The limiter rejects with its count when it is used up; in memory nothing else can go wrong. */
async function isWithin(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  return limiter.consume(key).then(
    () => true,
    () => false,
  );
}
