// What a browser shows instead of the page somebody asked for: what is wrong, in a sentence, and where it goes on.
import { STATUS_CODES } from 'node:http';
import type { Caller } from '../../auth/authenticator.ts';
import type { Answer, AnswerHeaders, ServerFacts } from '../api-request.ts';
import { type Html, html } from '../html.ts';
import { page } from './page.ts';

export interface ErrorFacts {
  readonly server: ServerFacts;
  readonly caller: Caller | null;
  readonly status: number;
  readonly sentence: string;
  readonly headers?: AnswerHeaders;
}

export function errorPage(facts: ErrorFacts): Answer<string> {
  const { server, caller, status, sentence, headers = {} } = facts;
  const title = STATUS_CODES[status] ?? 'Error';
  return page(
    { server, caller, title, narrow: true, status, headers },
    html`<h1>${title}</h1><p>${sentence}</p>${whoIsMissingWhat(facts)}<div class="row">${doors(facts)}</div>`,
  );
}

function whoIsMissingWhat({ caller, status }: ErrorFacts): Html {
  if (status !== 403 || caller === null || caller.permissions.rights.length > 0) return html``;
  const { name, email, via } = caller.identity;
  return html`<p>You are signed in as <strong>${email ?? name}</strong> (${via}), which has no rights here yet. Ask whoever runs this Umbel to give it a role.</p>`;
}

function doors({ server, caller, status }: ErrorFacts): Html {
  const { urlPrefix } = server;
  if (caller === null && status === 401) return html`<a class="button" href="${urlPrefix}/login">Sign in</a>`;
  if (caller?.permissions.has('view') === false) return html`<a href="${urlPrefix}/account">My account</a>`;
  return html`<a href="${urlPrefix}/">To the main page</a>`;
}
