// What all pages have in common: the frame around their content, with who is signed in and how to leave, and the headers that
// let them have their one style sheet and forms to this server.
import type { Caller } from '../../auth/authenticator.ts';
import { Answer, type AnswerHeaders, type ServerFacts } from '../api-request.ts';
import { CSRF_FIELD } from '../csrf.ts';
import { type Html, html, trustedHtml } from '../html.ts';
import { pagePolicy } from '../security-headers.ts';
import { PAGE_STYLE } from './page-style.ts';

export interface Frame {
  readonly server: ServerFacts;
  /** Null: nobody known. */
  readonly caller: Caller | null;
  /** For the window's title. */
  readonly title: string;
  /** A card in the middle instead of the whole width. */
  readonly narrow?: boolean;
  readonly status?: number;
  readonly headers?: AnswerHeaders;
}

const DOCTYPE = trustedHtml('<!doctype html>');

/** @param content begins with the `h1` */
export function page(frame: Frame, content: Html): Answer<string> {
  const { server, caller, title, narrow = false, status = 200, headers = {} } = frame;
  const text = html`${DOCTYPE}
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Umbel</title><style>${trustedHtml(PAGE_STYLE)}</style></head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header><a class="brand" href="${server.urlPrefix}/">Umbel</a>${navigation(server, caller)}</header>
<main id="content" class="${narrow ? 'narrow' : 'whole'}">${content}</main>
</body>
</html>
`.text;
  return new Answer(text, {
    status,
    headers: {
      'content-security-policy': pagePolicy(PAGE_STYLE, {
        frameAncestors: server.frameAncestors,
        forms: true,
      }),
      ...headers,
    },
  });
}

function navigation({ urlPrefix }: ServerFacts, caller: Caller | null): Html {
  if (caller === null) return html``;
  const { identity, permissions, session } = caller;
  if (identity.via === 'open') return html`<nav aria-label="Account"><span>Open to anyone</span></nav>`;
  return html`<nav aria-label="Account"><span><i class="more">Signed in as</i> ${identity.name}</span><a href="${urlPrefix}/account">Account</a>${
    permissions.has('admin') ? html`<a href="${urlPrefix}/audit">Audit</a>` : html``
  }${
    session === null
      ? html``
      : html`<form method="post" action="${urlPrefix}/logout">${csrfField(caller)}<button class="plain">Sign out</button></form>`
  }</nav>`;
}

/** The proof that a form comes from a page of this server; nothing for those who came without a session. */
export function csrfField({ session }: Caller): Html {
  return session === null
    ? html``
    : html`<input type="hidden" name="${CSRF_FIELD}" value="${session.csrfToken}">`;
}

/** A sentence that screen readers say at once. */
export function errorNote(sentence: string | null): Html {
  return sentence === null
    ? html``
    : html`<div class="note bad" role="alert"><strong>Not done.</strong> ${sentence}</div>`;
}

/** Epoch milliseconds as UTC to the second, for people. */
export function showTime(ms: number | null): Html {
  const date = new Date(ms ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return html`–`;
  const text = date.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
