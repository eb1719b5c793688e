// Handlers of /api/v1/tokens.
import { whyNoTokens } from '../../auth/account.ts';
import type { Caller } from '../../auth/authenticator.ts';
import { TokenError } from '../../auth/token-error.ts';
import { InvalidRequest } from '../../contract/parameter.ts';
import { resolveMoment, toMaybeTimeText, toTimeText } from '../../contract/v1-moment.ts';
import type * as contract from '../../contract/v1-tokens.ts';
import type { TokenRecord } from '../../store/ledger.ts';
import { Answer, type ApiRequest, type Handler } from '../api-request.ts';
import { Refusal } from '../errors.ts';
import { requireAdmin } from './session.ts';

const DEFAULT_LIFETIME_MS = 90 * 86_400_000;

export const listTokens: Handler<typeof contract.listTokens, 'signed-in'> = async ({
  values,
  caller,
  authenticator,
  nowMs,
}) => {
  if (values.all) requireAdmin(caller);
  const tokens = await authenticator.tokens(values.all ? 'everybody' : caller);
  return { items: tokens.map((token) => toTokenItem(token, nowMs)), next: null };
};

export function toTokenItem(token: TokenRecord, nowMs: number): contract.TokenItem {
  const { owner, expiresAt, revokedAt } = token;
  const isOver = expiresAt !== null && expiresAt <= nowMs;
  return {
    id: token.id,
    name: token.name,
    prefix: token.prefix,
    owner: owner === null ? null : { name: owner.name, via: owner.via },
    roles: [...token.roles],
    rights: token.rights === null ? null : [...token.rights],
    networks: [...token.networks],
    state: revokedAt !== null ? 'revoked' : isOver ? 'expired' : 'active',
    created_at: toTimeText(token.createdAt),
    expires_at: toMaybeTimeText(expiresAt),
    revoked_at: toMaybeTimeText(revokedAt),
    last_used_at: toMaybeTimeText(token.usedAt),
    last_used_from: token.usedFrom,
  };
}

export const createToken: Handler<typeof contract.createToken, 'signed-in'> = async (request) => {
  const { values, nowMs } = request;
  if (values.never_expires && values.expires !== undefined) {
    throw new InvalidRequest('expires and never_expires exclude each other.');
  }
  const lifetime = values.expires ?? { fromNowMs: DEFAULT_LIFETIME_MS };
  const { secret, token } = await makeToken(request, {
    name: values.name,
    rights: values.rights ?? null,
    expiresAt: values.never_expires ? null : resolveMoment(lifetime, nowMs),
    networks: values.networks ?? [],
  });
  return new Answer({ token: toTokenItem(token, nowMs), secret }, { status: 201 });
};

/** @throws InvalidRequest, Refusal 403 */
export async function makeToken(
  { caller, authenticator, trail, nowMs }: ApiRequest<unknown, 'signed-in'>,
  wanted: Parameters<ApiRequest<unknown>['authenticator']['createToken']>[1],
): Promise<{ readonly secret: string; readonly token: TokenRecord }> {
  trail.target = wanted.name;
  const problem = whyNoTokens(caller);
  if (problem !== null) throw new Refusal(403, problem, { code: 'not_a_person' });
  if (wanted.rights?.length === 0) throw new InvalidRequest('A token needs at least one right.');
  if (wanted.expiresAt !== null && wanted.expiresAt <= nowMs) {
    throw new InvalidRequest('A token must expire in the future.');
  }
  const made = await authenticator.createToken(caller, wanted).catch((error: unknown) => {
    throw error instanceof TokenError ? new InvalidRequest(error.message) : error;
  });
  trail.detail = `The token ${made.token.id} was made; it begins with ${made.token.prefix}.`;
  return made;
}

export const revokeToken: Handler<typeof contract.revokeToken, 'signed-in'> = async (request) => {
  if (!(await endToken(request, request.target))) {
    throw new Refusal(404, 'You have no such token that still works.', { code: 'unknown_token' });
  }
  return new Answer(null, { status: 204 });
};

/** Whether there was one that the caller may revoke. */
export async function endToken(
  { caller, authenticator, trail }: ApiRequest<unknown, 'signed-in'>,
  id: string,
): Promise<boolean> {
  const token = (await authenticator.tokens(reachOf(caller))).find((one) => one.id === id);
  if (token !== undefined) trail.detail = describeToken(token);
  return authenticator.revokeToken(id, caller);
}

function reachOf(caller: Caller): Caller | 'everybody' {
  return caller.permissions.has('admin') ? 'everybody' : caller;
}

function describeToken({ name, owner }: TokenRecord): string {
  return owner === null ? `The token ${name}.` : `The token ${name} of ${owner.name}.`;
}
