// The page at GET /logout: a button, because following a link must not change anything.
import type { Caller } from '../../auth/authenticator.ts';
import type { Answer, ServerFacts } from '../api-request.ts';
import { html } from '../html.ts';
import { csrfField, page } from './page.ts';

export function logoutPage(server: ServerFacts, caller: Caller | null): Answer<string> {
  const { urlPrefix } = server;
  if (caller === null) {
    return page(
      { server, caller, title: 'Signed out', narrow: true },
      html`<h1>You are signed out</h1><p><a class="button" href="${urlPrefix}/login">Sign in</a></p>`,
    );
  }
  if (caller.session === null) {
    return page(
      { server, caller, title: 'Sign out', narrow: true },
      html`<h1>There is no session to end</h1><p>You are known to this server without one${howKnown(caller.identity.via)}.</p><p><a href="${urlPrefix}/">Back</a></p>`,
    );
  }
  return page(
    { server, caller, title: 'Sign out', narrow: true },
    html`<h1>Sign out?</h1><p>You are signed in as <strong>${caller.identity.name}</strong>.</p>
<form class="row" method="post" action="${urlPrefix}/logout">${csrfField(caller)}<button class="main">Sign out</button><a href="${urlPrefix}/">Stay</a></form>`,
  );
}

function howKnown(via: string): string {
  if (via === 'open') return ': nobody has to sign in here';
  if (via === 'proxy') return ': the proxy in front of it says who you are, so sign out there';
  return ': each request says who you are';
}
