// The text of a rate limit, as a worker reads it: a number of tasks per second, minute or hour. Source: `rate` in
// celery/utils/time.py. Stricter than the worker, which takes "nan", "-1" or "1_0/m" and then behaves oddly.
import { badArgument } from './argument-checks.ts';
import { RATE_LIMIT_PATTERN } from './command-bounds.ts';

/** What the nine digits of the pattern can say is less. */
const MAX_TASKS = 1_000_000_000;

/**
 * Checks a rate limit and gives it back as the worker wants it: `'10/m'`, `'0.5/s'`, a number (per second), or null
 * for "no limit". Zero means "no limit" too.
 * @throws CeleryError `bad_argument` (field `rate_limit`)
 */
export function checkRateLimit(value: string | number | null): string | number | null {
  if (value === null) return null;
  const count = typeof value === 'number' ? value : Number(RATE_LIMIT_PATTERN.exec(value)?.[1] ?? Number.NaN);
  if (!Number.isFinite(count) || count < 0 || count >= MAX_TASKS) {
    throw badArgument(
      'rate_limit',
      'rate_limit must look like 10/s, 100/m or 0.5/h, or be a number per second',
    );
  }
  // The worker treats the text "0" as a limit and only a falsy value as "off".
  return count === 0 ? 0 : value;
}
