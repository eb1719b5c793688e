// The page about oneself: who am I and what may I do, my sessions, my API tokens.
import type { Caller } from '../../auth/authenticator.ts';
import type { Scope } from '../../auth/permissions.ts';
import { ALL_RIGHTS, CHANGING_RIGHTS, RIGHTS, type Right } from '../../auth/rights.ts';
import type { SessionItem } from '../../contract/v1-session.ts';
import type { TokenItem } from '../../contract/v1-tokens.ts';
import type { Answer, AnswerHeaders, ServerFacts } from '../api-request.ts';
import { type Html, html } from '../html.ts';
import { foldingTable } from './folding-table.ts';
import { csrfField, page, showTime } from './page.ts';
import { type TokenDraft, tokensSection } from './tokens-section.ts';

export interface AccountFacts {
  readonly server: ServerFacts;
  readonly caller: Caller;
  readonly sessions: readonly SessionItem[];
  readonly tokens: readonly TokenItem[];
  /** What the form did that led here. */
  readonly done: string | undefined;
  /** A token that was made just now, with its secret, which is shown this once. */
  readonly made: { readonly name: string; readonly secret: string } | null;
  /** The form for a token as it was sent, and what is wrong with it. */
  readonly draft: (TokenDraft & { readonly problem: string }) | null;
  readonly headers?: AnswerHeaders;
}

const DONE: Readonly<Record<string, string>> = {
  session_ended: 'The session is over.',
  token_revoked: 'The token is revoked; it works no more.',
  token_made:
    'The token was made. Its secret has been shown already; if you have not kept it, revoke the token and make a new one.',
  nothing: 'There was nothing to do: it is over already.',
};

export function accountPage(facts: AccountFacts): Answer<string> {
  const { server, caller, done, made, draft, headers = {} } = facts;
  const sentence = made === null && done !== undefined ? DONE[done] : undefined;
  return page(
    {
      server,
      caller,
      title: 'Account',
      status: draft === null ? 200 : 400,
      headers,
    },
    html`<h1>Account</h1>
${sentence === undefined ? html`` : html`<p class="note" role="status">${sentence}</p>`}
${whoAmI(caller)}
${rightsSection(server, caller)}
${sessionsSection(facts)}
${tokensSection(facts)}
<footer>Umbel ${server.version}</footer>`,
  );
}

function whoAmI({ identity, permissions, token }: Caller): Html {
  const { name, email, via, groups } = identity;
  return html`<dl>
<dt>Name</dt><dd>${name}</dd>
${email === null || email === name ? html`` : html`<dt>Address</dt><dd>${email}</dd>`}
<dt>Signed in by</dt><dd>${via}${token === null ? '' : `, ${token}`}</dd>
${groups.length === 0 ? html`` : html`<dt>Groups</dt><dd>${groups.join(', ')}</dd>`}
<dt>Roles</dt><dd>${permissions.roles.join(', ') || 'none'}</dd>
</dl>`;
}

function rightsSection({ readOnly }: ServerFacts, { identity, permissions }: Caller): Html {
  if (permissions.rights.length === 0) {
    return html`<div class="note bad"><strong>You have no rights here yet.</strong> You are signed in as ${identity.email ?? identity.name} (${identity.via}). Ask whoever runs this Umbel to give this ${identity.email === null ? 'name' : 'address'} a role.</div>`;
  }
  return html`<h2>What you may do</h2>
${readOnly ? html`<p class="note">This server is read-only: nobody may change anything.</p>` : html``}
${foldingTable(
  'Rights',
  [
    { name: 'Right', plain: true },
    { name: 'Meaning', kind: 'long', plain: true },
    { name: 'Where', kind: 'long' },
  ],
  ALL_RIGHTS.map((right) => [
    html`<code>${right}</code>`,
    html`${RIGHTS[right]}`,
    html`${permissions.has(right) ? showScopes(permissions.scopesOf(right)) : html`<span class="dim">${whyNot(right, readOnly)}</span>`}`,
  ]),
)}`;
}

function whyNot(right: Right, readOnly: boolean): string {
  return readOnly && CHANGING_RIGHTS.has(right) ? 'no: read-only' : 'no';
}

function showScopes(scopes: readonly Scope[] | null): Html {
  if (scopes === null) return html`everywhere`;
  const parts = scopes.map(({ tasks, queues, workers }) =>
    [showPatterns('tasks', tasks), showPatterns('queues', queues), showPatterns('workers', workers)]
      .filter((part) => part !== '')
      .join(' and '),
  );
  return html`${parts.join('; ')}`;
}

function showPatterns(what: string, patterns: readonly string[] | undefined): string {
  return patterns === undefined ? '' : `${what} ${patterns.join(', ')}`;
}

function sessionsSection({ server, caller, sessions }: AccountFacts): Html {
  if (sessions.length === 0 && caller.session === null) return html``;
  const { urlPrefix } = server;
  return html`<h2>Sessions</h2>
${foldingTable(
  'Sessions',
  [
    { name: 'Last seen' },
    { name: 'Signed in' },
    { name: 'Ends' },
    { name: 'Address' },
    { name: 'Browser', kind: 'long' },
    { name: '' },
  ],
  sessions.map((session) => [
    html`${showTime(Date.parse(session.seen_at))}`,
    html`${showTime(Date.parse(session.created_at))}`,
    html`${showTime(Date.parse(session.expires_at))}`,
    html`${session.address ?? '–'}`,
    html`${session.user_agent ?? '–'}`,
    session.current
      ? html`<strong>this one</strong>`
      : html`<form method="post" action="${urlPrefix}/account/sessions/end">${csrfField(caller)}<input type="hidden" name="id" value="${session.id}"><button class="small" aria-label="End the session ${session.id}">End</button></form>`,
  ]),
)}
<div class="row">${
    caller.session === null
      ? html``
      : html`<form method="post" action="${urlPrefix}/logout">${csrfField(caller)}<button>Sign out</button></form>`
  }<form method="post" action="${urlPrefix}/account/sign-out-everywhere">${csrfField(caller)}<button>Sign out everywhere</button></form></div>`;
}
