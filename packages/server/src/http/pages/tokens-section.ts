// The part of the account page about API tokens: the secret of a new one, the list, and the form that makes one.
import { whyNoTokens } from '../../auth/account.ts';
import type { Caller } from '../../auth/authenticator.ts';
import { RIGHTS } from '../../auth/rights.ts';
import { TOKEN_LIFETIMES } from '../../contract/pages.ts';
import { MAX_TOKEN_NAME_CHARS, type TokenItem } from '../../contract/v1-tokens.ts';
import type { ServerFacts } from '../api-request.ts';
import { type Html, html } from '../html.ts';
import { foldingTable } from './folding-table.ts';
import { csrfField, errorNote, showTime } from './page.ts';

/** The form as it was sent. */
export interface TokenDraft {
  readonly name: string;
  readonly rights: readonly string[];
  readonly expires: (typeof TOKEN_LIFETIMES)[number];
  readonly networks: string;
}

export interface TokenFacts {
  readonly server: ServerFacts;
  readonly caller: Caller;
  readonly tokens: readonly TokenItem[];
  readonly made: { readonly name: string; readonly secret: string } | null;
  readonly draft: (TokenDraft & { readonly problem: string }) | null;
}

const LIFETIMES: Readonly<Record<TokenDraft['expires'], string>> = {
  '7d': 'in 7 days',
  '30d': 'in 30 days',
  '90d': 'in 90 days',
  '1y': 'in 1 year',
  never: 'never',
};

export function tokensSection(facts: TokenFacts): Html {
  const { server, caller, tokens, made } = facts;
  return html`<h2 id="tokens">API tokens</h2>
<p>For scripts: <code>Authorization: Bearer …</code>. A token may do what you may, or less.</p>
${
  made === null
    ? html``
    : html`<div class="note" role="status"><strong>This is the token ${made.name}.</strong> Copy it now: it is not shown again.<code class="secret">${made.secret}</code></div>`
}
${tokens.length === 0 ? html`<p class="dim">You have none.</p>` : tokenTable(server, caller, tokens)}
${newToken(facts)}`;
}

function newToken(facts: TokenFacts): Html {
  const { caller } = facts;
  const problem = whyNoTokens(caller);
  if (problem !== null) return html`<p class="dim">${problem}</p>`;
  if (caller.permissions.rights.length === 0) {
    return html`<p class="dim">You have no right that a token could have.</p>`;
  }
  return tokenForm(facts);
}

function tokenTable({ urlPrefix }: ServerFacts, caller: Caller, tokens: readonly TokenItem[]): Html {
  return foldingTable(
    'API tokens',
    [
      { name: 'Name', kind: 'long', plain: true },
      { name: 'Begins with' },
      { name: 'Rights', kind: 'long' },
      { name: 'From', kind: 'long' },
      { name: 'Expires' },
      { name: 'Last used' },
      { name: '' },
    ],
    tokens.map((token) => [
      html`<strong>${token.name}</strong>`,
      html`<code>${token.prefix}…</code>`,
      html`${token.rights?.join(', ') ?? (token.roles.length > 0 ? token.roles.join(', ') : 'all of yours')}`,
      html`${token.networks.join(', ') || 'anywhere'}`,
      token.expires_at === null ? html`never` : showTime(Date.parse(token.expires_at)),
      token.last_used_at === null
        ? html`never`
        : html`${showTime(Date.parse(token.last_used_at))}${token.last_used_from === null ? '' : `, ${token.last_used_from}`}`,
      token.state === 'active'
        ? html`<form method="post" action="${urlPrefix}/account/tokens/revoke">${csrfField(caller)}<input type="hidden" name="id" value="${token.id}"><button class="small" aria-label="Revoke the token ${token.name}">Revoke</button></form>`
        : html`<span class="dim">${token.state}</span>`,
    ]),
  );
}

function tokenForm({ server, caller, draft }: TokenFacts): Html {
  const { name, rights, expires, networks }: TokenDraft = draft ?? {
    name: '',
    rights: caller.permissions.rights.filter((right) => right === 'view'),
    expires: '90d',
    networks: '',
  };
  return html`<h2 id="new-token">New token</h2>
${errorNote(draft?.problem ?? null)}
<form class="card" method="post" action="${server.urlPrefix}/account/tokens">${csrfField(caller)}
<div class="fields"><div><label for="token-name">Name</label>
<input id="token-name" name="name" value="${name}" maxlength="${MAX_TOKEN_NAME_CHARS}" autocomplete="off" required></div>
<div><label for="token-expires">Expires</label>
<select id="token-expires" name="expires">${TOKEN_LIFETIMES.map(
    (lifetime) =>
      html`<option value="${lifetime}"${lifetime === expires ? html` selected` : html``}>${LIFETIMES[lifetime]}</option>`,
  )}</select></div></div>
<fieldset><legend>What it may do</legend><div class="boxes">${caller.permissions.rights.map(
    (right) =>
      html`<label><input type="checkbox" name="right_${right}" value="on"${rights.includes(right) ? html` checked` : html``}><span><code>${right}</code> ${RIGHTS[right]}</span></label>`,
  )}</div></fieldset>
<label for="token-networks">Only from</label>
<input id="token-networks" name="networks" value="${networks}" maxlength="2000" autocomplete="off" spellcheck="false" aria-describedby="networks-hint">
<p class="hint" id="networks-hint">Addresses or networks such as 10.0.0.0/8, separated by commas. Empty: from anywhere.</p>
<div class="row"><button class="main">Make the token</button></div></form>`;
}
