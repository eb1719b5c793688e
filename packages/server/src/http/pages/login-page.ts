// The sign-in page: only ways that are configured, providers first, then name and password. Where there is none it says how to
// get in.
import type { Authenticator, Caller } from '../../auth/authenticator.ts';
import type { Answer, AnswerHeaders, ServerFacts } from '../api-request.ts';
import { type Html, html } from '../html.ts';
import { page } from './page.ts';

export interface LoginFacts {
  readonly server: ServerFacts;
  readonly ways: Authenticator['ways'];
  /** Nobody has to sign in. */
  readonly open: boolean;
  readonly caller: Caller | null;
  /** Where it leads, checked already. */
  readonly next: string;
  /** As it was typed. */
  readonly name?: string;
  /** Why the attempt before did not work. */
  readonly problem?: string | null;
  readonly status?: number;
  readonly headers?: AnswerHeaders;
}

export function loginPage(facts: LoginFacts): Answer<string> {
  const { server, ways, caller, problem = null, status = 200, headers = {} } = facts;
  const hasWays = ways.password || ways.providers.length > 0;
  return page(
    { server, caller, title: 'Sign in', narrow: true, status, headers },
    html`<h1>Sign in to Umbel</h1>
${problem === null ? html`` : html`<div class="note bad" role="alert" id="problem"><strong>Not signed in.</strong> ${problem}</div>`}
${caller === null ? html`` : alreadyKnown(facts, caller)}
${hasWays ? html`<div class="card">${providers(facts)}${passwordForm(facts)}</div>` : noWay(facts.open)}`,
  );
}

function alreadyKnown({ next, open }: LoginFacts, { identity }: Caller): Html {
  return html`<p class="note">${
    open || identity.via === 'open'
      ? html`Nobody has to sign in here.`
      : html`You are signed in as <strong>${identity.name}</strong>.`
  } <a href="${next}">Go on</a></p>`;
}

function providers({ server, ways, next }: LoginFacts): Html {
  if (ways.providers.length === 0) return html``;
  const query = `?next=${encodeURIComponent(next)}`;
  return html`<ul class="ways">${ways.providers.map(
    ({ id, label }) =>
      html`<li><a class="button" href="${server.urlPrefix}/login/${encodeURIComponent(id)}${query}">Sign in with ${label}</a></li>`,
  )}</ul>${ways.password ? html`<div class="or">or</div>` : html``}`;
}

function passwordForm({ server, ways, next, name = '', problem = null }: LoginFacts): Html {
  if (!ways.password) return html``;
  const described = problem === null ? html`` : html` aria-describedby="problem"`;
  // Whoever has typed a name before goes on with the password.
  const focus = (isFirst: boolean) => (isFirst ? html` autofocus` : html``);
  return html`<form method="post" action="${server.urlPrefix}/login"><input type="hidden" name="next" value="${next}">
<label for="name">Name</label>
<input id="name" name="name" value="${name}" maxlength="256" autocomplete="username" autocapitalize="none" spellcheck="false" required${described}${focus(name === '')}>
<label for="password">Password</label>
<input id="password" name="password" type="password" maxlength="1024" autocomplete="current-password" required${described}${focus(name !== '')}>
<button class="main wide">Sign in</button></form>`;
}

function noWay(open: boolean): Html {
  if (open) return html``;
  return html`<p>No way to sign in from a browser is configured.</p>
<p>On the machine where Umbel runs, <code>umbel link</code> prints a link that signs you in as administrator. It works once. Where a proxy signs people in, come through that proxy.</p>
<p>To let people sign in by name and password, start Umbel with <code>--basic-auth</code>; for Google, GitHub, GitLab, Okta and others, with <code>--auth-provider</code>.</p>`;
}
