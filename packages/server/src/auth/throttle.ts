// How often somebody may be wrong: per client, and per client and what it claims to be (a name, a token). Never per name alone:
// nobody can lock a person out from another address. In memory, of each process its own, and bounded however many addresses an
// attacker has: what was counted longest ago is forgotten.
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { clientGroup } from './client-group.ts';

/** Somebody who mistypes, and a script with an old password, end here and bother nobody else behind the same address. */
const WRONG_PER_CLAIM = 5;
/** A client that tries name after name ends here. */
const WRONG_PER_CLIENT = 30;
const WINDOW_S = 300;
/** Each takes a place in the ledger for some minutes. */
const BEGUN_PER_CLIENT = 100;
const MOST_COUNTED = 50_000;

export interface Throttled {
  readonly retryAfterS: number;
  /** The first refusal of this window; all others are the same again. */
  readonly first: boolean;
}

/** Counted as wrong already: whoever tries many at once has no more tries than one after the other. */
export interface Attempt {
  /** It was right: the claim starts anew, and the client is not blamed. */
  right(): Promise<void>;
  /** Nothing was tried. */
  untried(): Promise<void>;
}

export interface Throttle {
  /** Whether this claim is refused unseen from here, without counting anything. */
  refusal(address: string | null, claim: string): Promise<Throttled | null>;
  begin(address: string | null, claim: string): Promise<Attempt | Throttled>;
  /** Counts a walk to a provider that begins; null: it may. */
  beginWalk(address: string | null): Promise<Throttled | null>;
  /** How many clients and claims are remembered. */
  counted(): number;
}

export function createThrottle(): Throttle {
  const claims = createBoundedLimiter(WRONG_PER_CLAIM);
  const clients = createBoundedLimiter(WRONG_PER_CLIENT);
  const walks = createBoundedLimiter(BEGUN_PER_CLIENT);
  return {
    counted: () => claims.size() + clients.size() + walks.size(),
    beginWalk: (address) => walks.count(clientGroup(address)),
    refusal: (address, claim) => claims.refusal(claimKey(address, claim)),
    async begin(address, claim) {
      const key = claimKey(address, claim);
      const client = clientGroup(address);
      const byClaim = await claims.count(key);
      if (byClaim !== null) return byClaim;
      const byClient = await clients.count(client);
      if (byClient !== null) return byClient;
      return {
        async right() {
          await claims.forget(key);
          await clients.takeBack(client);
        },
        async untried() {
          await claims.takeBack(key);
          await clients.takeBack(client);
        },
      };
    },
  };
}

/** What is claimed may be long, and is no one's to read in memory. */
function claimKey(address: string | null, claim: string): string {
  return createHash('sha256')
    .update(`${clientGroup(address)}\0${claim}`)
    .digest('base64url');
}

interface BoundedLimiter {
  refusal(key: string): Promise<Throttled | null>;
  /** Null: within the limit. */
  count(key: string): Promise<Throttled | null>;
  takeBack(key: string): Promise<void>;
  forget(key: string): Promise<void>;
  size(): number;
}

function createBoundedLimiter(points: number): BoundedLimiter {
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_S });
  /** In the order in which they were counted last. */
  const counted = new Set<string>();
  const forget = async (key: string) => {
    counted.delete(key);
    await limiter.delete(key);
  };
  const throttled = ({ msBeforeNext, consumedPoints }: RateLimiterRes): Throttled => ({
    retryAfterS: Math.max(1, Math.ceil(msBeforeNext / 1000)),
    first: consumedPoints === points + 1,
  });
  return {
    async refusal(key) {
      const so = await limiter.get(key);
      return so !== null && so.consumedPoints > points ? { ...throttled(so), first: false } : null;
    },
    async count(key) {
      counted.delete(key);
      counted.add(key);
      if (counted.size > MOST_COUNTED) {
        const [oldest] = counted;
        await forget(oldest as string);
      }
      try {
        await limiter.consume(key);
        return null;
      } catch (error) {
        if (error instanceof RateLimiterRes) return throttled(error);
        throw error;
      }
    },
    async takeBack(key) {
      const so = await limiter.get(key);
      // Forgotten meanwhile: a reward would begin an account of its own, below nothing.
      if (so !== null && so.msBeforeNext > 0 && so.consumedPoints > 0) await limiter.reward(key);
    },
    forget,
    size: () => counted.size,
  };
}
