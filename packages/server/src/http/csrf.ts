// The token that proves that a change by session was asked for by a page of this server. A browser sends the session cookie
// whoever makes it ask; the token only these pages know. Requests with an Authorization header need none.
import type { Caller } from '../auth/authenticator.ts';
import { isSameSecret } from '../auth/secret-hash.ts';
import { Refusal } from './errors.ts';
import { isSafeMethod } from './cross-site.ts';

export const CSRF_HEADER = 'x-csrf-token';
export const CSRF_FIELD = 'csrf_token';

/** Whether this request is refused without the token. */
export function needsCsrfToken(method: string, caller: Caller | null): caller is Caller {
  return caller !== null && caller.session !== null && !isSafeMethod(method);
}

/** @throws Refusal 403 unless `given` is the token of the caller's session */
export function requireCsrfToken(caller: Caller, given: unknown): void {
  const expected = caller.session?.csrfToken ?? '';
  if (typeof given === 'string' && expected !== '' && isSameSecret(given, expected)) return;
  throw new Refusal(
    403,
    given === undefined
      ? 'A change by session needs its token, as header X-CSRF-Token or form field csrf_token; GET /api/v1/session tells it.'
      : 'The token is not the one of this session; load the page again.',
    { code: 'csrf' },
  );
}
