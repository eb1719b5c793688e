// What somebody who is not let in is told. Never which part was wrong, and the same for who exists and who does not.
import type { NotSignedIn } from './authenticator.ts';
import type { Throttled } from './throttle.ts';

/** @param sentence the same whatever it was that is not right */
export function wrong(
  sentence: string,
  claimed: string | null,
  operatorHint?: string,
): NotSignedIn & { readonly refused: 'wrong' } {
  return { refused: 'wrong', sentence, claimed, operatorHint };
}

export function tooOften({ retryAfterS, first }: Throttled, claimed: string | null): NotSignedIn {
  return {
    refused: 'throttled',
    sentence: 'Too many wrong attempts from this address.',
    retryAfterS,
    claimed,
    ...(first ? {} : { unrecorded: true as const }),
  };
}

export function tooBusy(claimed: string | null): NotSignedIn {
  return {
    refused: 'busy',
    sentence: 'Too many people are signing in at this moment.',
    retryAfterS: 2,
    claimed,
    unrecorded: true,
  };
}

export function notAllowed(claimed: string | null, operatorHint: string): NotSignedIn {
  return {
    refused: 'not_allowed',
    sentence: 'This account may not sign in here.',
    claimed,
    operatorHint,
  };
}

/** Nothing was tried, so nothing goes to the audit trail, however often it comes. */
export function noSuchWay(claimed: string | null): NotSignedIn {
  return { refused: 'wrong', sentence: 'There is no such way to sign in here.', claimed, unrecorded: true };
}
