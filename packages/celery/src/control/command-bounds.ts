// What a command may ask of a worker, for whoever describes these bounds to others. The checks are in commands.ts.

/** Most processes or threads asked of one pool; far beyond any real one, near enough that a typing error is caught. */
export const MAX_POOL_SIZE = 1_000;

/** Longest time limit, in seconds: ten years. */
export const MAX_TIME_LIMIT_S = 10 * 366 * 86_400;

/** Kinds of exchange that a worker can be told to declare. */
export const EXCHANGE_TYPES = ['direct', 'topic', 'fanout', 'headers'] as const;
export type ExchangeType = (typeof EXCHANGE_TYPES)[number];

/** A rate limit as text: `10/s`, `0.5/h`, or a number per second. */
export const RATE_LIMIT_PATTERN = /^(\d{1,9}(?:\.\d{1,9})?)(?:\/[smh])?$/;
