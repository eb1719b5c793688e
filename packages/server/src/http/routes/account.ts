// Handlers of the page about oneself and of its forms.
import { ALL_RIGHTS } from '../../auth/rights.ts';
import { hashOfSecret } from '../../auth/secret-hash.ts';
import * as contract from '../../contract/pages.ts';
import { InvalidRequest } from '../../contract/parameter.ts';
import { parseMoment, resolveMoment } from '../../contract/v1-moment.ts';
import type { TokenRecord } from '../../store/ledger.ts';
import type { Answer, AnswerHeaders, ApiRequest, Handler } from '../api-request.ts';
import { accountPage as renderAccountPage, type AccountFacts } from '../pages/account-page.ts';
import type { TokenDraft } from '../pages/tokens-section.ts';
import { endAllSessions, toSessionItem } from './session.ts';
import { leadTo } from './sign-in.ts';
import { endToken, makeToken, toTokenItem } from './tokens.ts';

/** Carries the secret of a new token over the redirect that follows its form; the page that shows it takes it away. */
const NEW_TOKEN_COOKIE = 'umbel_new_token';
const NEW_TOKEN_MS = 5 * 60_000;

/** With a check box for every right there is. */
export const createTokenForm = contract.submitCreateToken(ALL_RIGHTS);

export const accountPage: Handler<typeof contract.accountPage, 'signed-in'> = async (request) => {
  const { caller, authenticator, values, ownCookie, nowMs } = request;
  const cookie = ownCookie(NEW_TOKEN_COOKIE);
  const tokens = await authenticator.tokens(caller);
  return show(request, tokens, {
    done: values.done,
    made: cookie.value === undefined ? null : findMade(cookie.value, tokens, nowMs),
    draft: null,
    ...(cookie.value === undefined ? {} : { headers: { 'set-cookie': cookie.clear() } }),
  });
};

/** Only the secret of an own new token is shown: a cookie may have been planted. */
function findMade(secret: string, tokens: readonly TokenRecord[], nowMs: number): AccountFacts['made'] {
  const hash = hashOfSecret(secret);
  const token = tokens.find(
    (one) => one.hash === hash && one.revokedAt === null && nowMs - one.createdAt < NEW_TOKEN_MS,
  );
  return token === undefined ? null : { name: token.name, secret };
}

async function show(
  { caller, authenticator, server, nowMs }: ApiRequest<unknown, 'signed-in'>,
  tokens: readonly TokenRecord[],
  facts: Pick<AccountFacts, 'done' | 'made' | 'draft'> & { readonly headers?: AnswerHeaders },
): Promise<Answer<string>> {
  const sessions = await authenticator.sessions(caller);
  return renderAccountPage({
    server,
    caller,
    sessions: sessions.map((session) => toSessionItem(session, caller)),
    tokens: tokens.map((token) => toTokenItem(token, nowMs)),
    ...facts,
  });
}

export const submitCreateToken: Handler<typeof createTokenForm, 'signed-in'> = async (request) => {
  const { values, authenticator, caller, server, ownCookie, nowMs } = request;
  const draft: TokenDraft = {
    name: values.name ?? '',
    rights: ALL_RIGHTS.filter((right) => values[`right_${right}`]),
    expires: values.expires,
    networks: values.networks ?? '',
  };
  try {
    if (draft.name === '') throw new InvalidRequest('A token needs a name.');
    const { secret } = await makeToken(request, toWanted(draft, nowMs));
    const cookie = ownCookie(NEW_TOKEN_COOKIE);
    return leadTo(`${server.urlPrefix}/account?done=token_made#tokens`, 303, [
      cookie.set(secret, nowMs + NEW_TOKEN_MS),
    ]);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    request.trail.detail = error.message;
    return show(request, await authenticator.tokens(caller), {
      done: undefined,
      made: null,
      draft: { ...draft, problem: error.message },
    });
  }
};

function toWanted(
  { name, rights, expires, networks }: TokenDraft,
  nowMs: number,
): Parameters<typeof makeToken>[1] {
  const lifetime = parseMoment(expires);
  return {
    name,
    rights,
    expiresAt: lifetime === undefined ? null : resolveMoment(lifetime, nowMs),
    networks: networks.split(/[\s,]+/).filter((network) => network !== ''),
  };
}

export const submitRevokeToken: Handler<typeof contract.submitRevokeToken, 'signed-in'> = async (request) => {
  const { values, server, trail } = request;
  trail.target = values.id;
  const found = await endToken(request, values.id);
  if (!found) await trail.write(404, 'refused');
  return leadTo(`${server.urlPrefix}/account?done=${found ? 'token_revoked' : 'nothing'}#tokens`, 303);
};

export const submitEndSession: Handler<typeof contract.submitEndSession, 'signed-in'> = async (request) => {
  const { values, authenticator, caller, server, trail } = request;
  trail.target = values.id;
  const found = await authenticator.endSession(values.id, caller);
  if (!found) await trail.write(404, 'refused');
  return leadTo(`${server.urlPrefix}/account?done=${found ? 'session_ended' : 'nothing'}`, 303);
};

export const submitSignOutEverywhere: Handler<typeof contract.submitSignOutEverywhere, 'signed-in'> = async (
  request,
) => {
  await endAllSessions(request);
  const { caller, sessionCookie, server } = request;
  return caller.session === null
    ? leadTo(`${server.urlPrefix}/account?done=session_ended`, 303)
    : leadTo(`${server.urlPrefix}/logout`, 303, [sessionCookie.clear()]);
};
