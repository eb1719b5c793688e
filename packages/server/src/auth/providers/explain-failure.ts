// What to say when a sign-in at a provider failed: to the person little, to the operator what to mend. Nothing that came from
// the browser or the provider is repeated but what is known to be harmless: error codes of the standards, names of claims.
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import type { ProviderRule } from '../auth-rules.ts';
import type { NotSignedIn } from '../authenticator.ts';
import { isProofRefused } from './client-proof.ts';
import { ProviderError } from './provider-error.ts';

export interface FailedSignIn {
  readonly rule: ProviderRule;
  /** That was sent to the provider. */
  readonly redirectUri: string;
}

interface Explanation {
  readonly refused: NotSignedIn['refused'];
  readonly hint: string;
}

const RETRY_AFTER_S = 30;

/** How far apart the clocks may be, as openid-client is set. */
const TOLERANCE_S = 30;

/** Whatever was thrown between asking the provider and knowing who it was. */
export function explainFailure(error: unknown, failed: FailedSignIn): NotSignedIn {
  const { id, label } = failed.rule;
  const { refused, hint } = explain(error, failed);
  const sentences: Partial<Record<NotSignedIn['refused'], string>> = {
    busy: `${label} does not answer at the moment.`,
    not_allowed: `${label} did not confirm who you are: the sign-in was cancelled or refused there.`,
    misconfigured: `Signing in with ${label} does not work at the moment. The log of this server says why.`,
  };
  return {
    refused,
    sentence: sentences[refused] ?? `The answer of ${label} does not prove who you are. Start again.`,
    operatorHint: `${id}: ${hint}`,
    ...(refused === 'busy' ? { retryAfterS: RETRY_AFTER_S } : {}),
  };
}

function explain(error: unknown, failed: FailedSignIn): Explanation {
  const own = find(error, (at) => at instanceof ProviderError);
  if (own !== null) return explainTrouble(own);
  if (error instanceof AuthorizationResponseError) return explainCode(error.error, failed);
  if (error instanceof ResponseBodyError) return explainCode(error.error, failed);
  if (error instanceof WWWAuthenticateChallengeError) {
    return isProofRefused(error)
      ? explainCode('invalid_client', failed)
      : { refused: 'misconfigured', hint: 'the provider does not take the token that it had just given' };
  }
  if (error instanceof ClientError) return explainCheck(error, failed);
  // Of a shape that neither openid-client nor Umbel thought of. The message may quote it, the name does not.
  const name = error instanceof Error ? error.name : 'error';
  return { refused: 'misconfigured', hint: `what the provider answered cannot be used (${name})` };
}

function explainTrouble(error: ProviderError): Explanation {
  const passing = error.trouble === 'unreachable' || error.trouble === 'too_slow';
  const isTls = /\((CERT|UNABLE|SELF_SIGNED|DEPTH_ZERO|ERR_TLS)\w*\)/.test(error.message);
  return {
    refused: passing ? 'busy' : 'misconfigured',
    hint: isTls
      ? `${error.message}: its certificate is not trusted; NODE_EXTRA_CA_CERTS names further authorities`
      : error.message,
  };
}

/** Codes of RFC 6749 §4.1.2.1 and §5.2, OpenID Connect, and GitHub's own. */
function explainCode(code: string, { rule, redirectUri }: FailedSignIn): Explanation {
  switch (code) {
    case 'access_denied':
      return {
        refused: 'not_allowed',
        hint: 'access_denied: the person cancelled, or may not use this application (assign them to it at the provider)',
      };
    case 'login_required':
    case 'interaction_required':
    case 'consent_required':
    case 'account_selection_required':
      return { refused: 'not_allowed', hint: `${code}: the person has to sign in at the provider first` };
    case 'server_error':
    case 'temporarily_unavailable':
      return { refused: 'busy', hint: `${code}: the provider says that it is not well` };
    case 'invalid_client':
    case 'incorrect_client_credentials':
      return {
        refused: 'misconfigured',
        hint: `${code}: client id or client secret is not the one of this application at the provider, or the secret is over`,
      };
    case 'unauthorized_client':
      return {
        refused: 'misconfigured',
        hint: 'unauthorized_client: the application at the provider must be a web application with the authorization code grant',
      };
    case 'redirect_uri_mismatch':
    case 'invalid_redirect_uri':
      return { refused: 'misconfigured', hint: `${code}: register exactly ${redirectUri} at the provider` };
    case 'invalid_grant':
    case 'bad_verification_code':
      return {
        refused: 'wrong',
        hint: `${code}: the code was used already, is over, or belongs to another redirect URI; ${redirectUri} must be registered exactly so`,
      };
    case 'invalid_scope':
      return {
        refused: 'misconfigured',
        hint:
          rule.kind === 'gitlab'
            ? 'invalid_scope: the application at GitLab needs the scopes openid, email and read_api'
            : 'invalid_scope: the application at the provider does not have the scopes that Umbel asks for; see oauth-scopes',
      };
    case 'application_suspended':
      return { refused: 'misconfigured', hint: `${code}: the application was suspended at GitHub` };
    case 'unverified_user_email':
      return { refused: 'not_allowed', hint: `${code}: the account at GitHub has no verified main address` };
    default:
      return {
        refused: 'misconfigured',
        hint: `the provider refused with an error code of its own; check client id, secret, scopes, and that ${redirectUri} is registered`,
      };
  }
}

/** What openid-client found wrong. Its own messages are fixed texts. */
function explainCheck(error: ClientError, { rule }: FailedSignIn): Explanation {
  const found = error.cause instanceof Error ? error.cause.message : error.message;
  switch (error.code) {
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      return { refused: 'busy', hint: 'the provider did not answer within its deadline' };
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return {
        refused: 'wrong',
        hint: `${found}: are the clocks of this machine and of the provider right? They may be ${TOLERANCE_S} s apart`,
      };
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
      return explainAttribute(error, found);
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      return {
        refused: 'misconfigured',
        hint: `the provider answered ${error.cause instanceof Response ? error.cause.status : 'an unexpected status'}; is its address ${rule.url ?? ''} right?`,
      };
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
    case 'OAUTH_PARSE_ERROR':
      return {
        refused: 'misconfigured',
        hint: 'the provider did not answer JSON; is its address right?',
      };
    case 'OAUTH_MISSING_SERVER_METADATA':
    case 'OAUTH_INVALID_SERVER_METADATA':
    case 'OAUTH_HTTP_REQUEST_FORBIDDEN':
    case 'OAUTH_REQUEST_PROTOCOL_FORBIDDEN':
      return { refused: 'misconfigured', hint: `its discovery document cannot be used: ${found}` };
    default:
      return { refused: 'wrong', hint: found };
  }
}

function explainAttribute(error: ClientError, found: string): Explanation {
  const facts = error.cause as { attribute?: unknown; body?: { issuer?: unknown } } | undefined;
  const called = URL.parse(String(facts?.body?.issuer));
  if (facts?.attribute !== 'issuer') return { refused: 'wrong', hint: found };
  return {
    refused: 'misconfigured',
    hint: `the provider calls itself ${called === null ? 'by no address' : called.href}: the configured issuer must be exactly that, also in its last slash`,
  };
}

function find<T extends Error>(error: unknown, isIt: (at: unknown) => at is T): T | null {
  for (let at = error; at instanceof Error; at = at.cause) if (isIt(at)) return at;
  return null;
}
