// Handlers of /api/v1/session and /api/v1/sessions.
import type { Caller } from '../../auth/authenticator.ts';
import type { Scope } from '../../auth/permissions.ts';
import { publicIdOf } from '../../auth/sessions.ts';
import { EXPORT_MAX } from '../../contract/v1-audit.ts';
import { toMaybeTimeText, toTimeText } from '../../contract/v1-moment.ts';
import type * as contract from '../../contract/v1-session.ts';
import type { SessionRecord } from '../../store/ledger.ts';
import { Answer, type ApiRequest, type Handler } from '../api-request.ts';
import { Refusal } from '../errors.ts';
import type { Needed } from '../route.ts';
import { noteRefusal, signInRefusal } from '../sign-in-refusal.ts';

/** A scheme that browsers do not know, so that a page which signs in by fetch is not covered by their own dialog. */
export const SESSION_CHALLENGE = 'Session realm="Umbel"';

export const currentSession: Handler<typeof contract.currentSession, 'open'> = async (request) => {
  const { caller, authenticator } = request;
  const own = caller?.session ?? null;
  const sessions = caller === null || own === null ? [] : await authenticator.sessions(caller);
  const expiresAt = sessions.find(({ hash }) => hash === own?.hash)?.expiresAt ?? null;
  return describeCaller(request, caller, expiresAt);
};

export const signIn: Handler<typeof contract.signIn, 'open'> = async (request) => {
  const { values, caller, authenticator, evidence, trail, sessionCookie } = request;
  const signed = await authenticator.signInWithPassword(values.name, values.password, evidence);
  if ('refused' in signed) {
    noteRefusal(trail, signed);
    throw signInRefusal(signed, SESSION_CHALLENGE);
  }
  trail.caller = signed.caller;
  await leaveBehind(authenticator, caller);
  return new Answer(await describeCaller(request, signed.caller, signed.expiresAt), {
    headers: { 'set-cookie': sessionCookie.set(signed.sessionCookie, signed.expiresAt) },
  });
};

/** Whoever signs in anew is done with the session they had in this browser. */
export async function leaveBehind(
  authenticator: ApiRequest<unknown>['authenticator'],
  before: Caller | null,
): Promise<void> {
  if (before?.session != null) await authenticator.signOut(before);
}

async function describeCaller(
  { authenticator, desk, server, nowMs }: ApiRequest<unknown, Needed>,
  caller: Caller | null,
  expiresAt: number | null,
): Promise<contract.SessionReply> {
  const permissions = caller?.permissions;
  const rights = permissions?.rights ?? [];
  const narrowed = rights.flatMap((right) => {
    const scopes = permissions?.scopesOf(right) ?? null;
    return scopes === null ? [] : [[right, scopes.map(withoutHoles)] as const];
  });
  return {
    user:
      caller === null
        ? null
        : {
            name: caller.identity.name,
            email: caller.identity.email,
            via: caller.identity.via,
            token: caller.token,
          },
    rights: [...rights],
    scopes: Object.fromEntries(narrowed),
    roles: [...(permissions?.roles ?? [])],
    read_only: server.readOnly,
    open_access: authenticator.open,
    csrf_token: caller?.session?.csrfToken ?? null,
    expires_at: toMaybeTimeText(expiresAt),
    clusters: rights.includes('view')
      ? [{ id: 'default', label: 'default', broker: (await desk.health()).broker.url }]
      : [],
    server: { version: caller === null ? null : server.version, time: toTimeText(nowMs) },
    ways: { password: authenticator.ways.password },
    providers: authenticator.ways.providers.map(({ id, label }) => ({ id, label })),
    limits: { export_max: EXPORT_MAX },
  };
}

function withoutHoles(scope: Scope): {
  [N in 'tasks' | 'queues' | 'workers']?: string[];
} {
  return Object.fromEntries(
    Object.entries<readonly string[] | undefined>({ ...scope }).flatMap(([name, patterns]) =>
      patterns === undefined ? [] : [[name, [...patterns]]],
    ),
  );
}

export const signOut: Handler<typeof contract.signOut, 'signed-in'> = async ({
  caller,
  authenticator,
  sessionCookie,
}) => {
  if (caller.session === null) {
    throw new Refusal(409, 'This request came without a session, so there is none to end.', {
      code: 'no_session',
    });
  }
  await authenticator.signOut(caller);
  return new Answer(null, { status: 204, headers: { 'set-cookie': sessionCookie.clear() } });
};

export const listSessions: Handler<typeof contract.listSessions, 'signed-in'> = async ({
  values,
  caller,
  authenticator,
}) => {
  if (values.all) requireAdmin(caller);
  const sessions = await authenticator.sessions(values.all ? 'everybody' : caller);
  return { items: sessions.map((session) => toSessionItem(session, caller)), next: null };
};

/** @throws Refusal 403 */
export function requireAdmin({ permissions }: Caller): void {
  if (permissions.has('admin')) return;
  throw new Refusal(403, "What is everybody's needs the right admin.", {
    code: 'missing_right',
    members: { right: 'admin' },
  });
}

export function toSessionItem(session: SessionRecord, caller: Caller): contract.SessionItem {
  const { identity } = session;
  return {
    id: publicIdOf(session),
    user: { name: identity.name, email: identity.email, via: identity.via },
    current: session.hash === caller.session?.hash,
    created_at: toTimeText(session.createdAt),
    seen_at: toTimeText(session.seenAt),
    expires_at: toTimeText(session.expiresAt),
    address: session.address,
    user_agent: session.userAgent,
  };
}

export const signOutEverywhere: Handler<typeof contract.signOutEverywhere, 'signed-in'> = async (request) => {
  const ended = await endAllSessions(request);
  const { caller, sessionCookie } = request;
  return new Answer(
    { ended },
    { headers: caller.session === null ? {} : { 'set-cookie': sessionCookie.clear() } },
  );
};

export async function endAllSessions({
  caller,
  authenticator,
  trail,
}: ApiRequest<unknown, 'signed-in'>): Promise<number> {
  const ended = await authenticator.signOutEverywhere(caller);
  trail.detail = ended === 1 ? 'One session ended.' : `${ended} sessions ended.`;
  return ended;
}

export const endSession: Handler<typeof contract.endSession, 'signed-in'> = async (request) => {
  const { target, authenticator, caller } = request;
  if (!(await authenticator.endSession(target, caller))) {
    throw new Refusal(404, 'You have no such session.', { code: 'unknown_session' });
  }
  return new Answer(null, { status: 204 });
};
