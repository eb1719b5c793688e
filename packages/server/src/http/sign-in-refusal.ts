// A sign-in that did not work ▶ status and refusal of HTTP.
import type { NotSignedIn } from '../auth/authenticator.ts';
import { Refusal } from './errors.ts';
import type { Trail } from './trail.ts';

const STATUS: Readonly<Record<NotSignedIn['refused'], 401 | 403 | 429 | 503>> = {
  nothing: 401,
  wrong: 401,
  not_allowed: 403,
  throttled: 429,
  busy: 503,
  misconfigured: 503,
};

export function signInStatus({ refused }: NotSignedIn): number {
  return STATUS[refused];
}

/** @param challenge value of WWW-Authenticate, which every 401 must have */
export function signInHeaders(refusal: NotSignedIn, challenge: string): Record<string, string> {
  const { retryAfterS } = refusal;
  return {
    ...(signInStatus(refusal) === 401 ? { 'www-authenticate': challenge } : {}),
    ...(retryAfterS === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterS)) }),
  };
}

/** With the time to wait, which programs find in Retry-After. */
export function signInSentence({ sentence, retryAfterS }: NotSignedIn): string {
  if (retryAfterS === undefined) return sentence;
  const seconds = Math.ceil(retryAfterS);
  const wait =
    seconds > 120
      ? `${Math.ceil(seconds / 60)} minutes`
      : `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `${sentence} Try again in ${wait}.`;
}

export function signInRefusal(refusal: NotSignedIn, challenge: string): Refusal {
  const { refused, retryAfterS } = refusal;
  return new Refusal(signInStatus(refusal), signInSentence(refusal), {
    code: refused === 'nothing' ? 'not_signed_in' : `sign_in_${refused}`,
    members: retryAfterS === undefined ? {} : { retry_after: Math.ceil(retryAfterS) },
    headers: signInHeaders(refusal, challenge),
  });
}

/** What the audit trail keeps of it: who it claimed to be, and for the operator what has to be mended. */
export function noteRefusal(
  trail: Trail,
  { claimed, sentence, operatorHint, unrecorded }: NotSignedIn,
): void {
  if (unrecorded === true) return trail.forget();
  trail.claimed = claimed ?? null;
  trail.detail = operatorHint ?? sentence;
}
