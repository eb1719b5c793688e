// Operations of the pages for people who sign in: the sign-in page, one's account, the audit trail. They answer HTML; a form
// that changed something leads to a page with 303, so that loading it again repeats nothing.
import { Type } from 'typebox';
import { operation, type Operation } from './operation.ts';
import type { Parameter, ParameterTable } from './parameter.ts';
import { choice, flag, required, text, withDefault } from './parameter-kinds.ts';
import { secretText } from './secret-text.ts';
import { AUDIT_FILTERS } from './v1-audit.ts';
import { MAX_TOKEN_NAME_CHARS } from './v1-tokens.ts';

const page = <P extends ParameterTable>(
  definition: Omit<Operation<P>, 'tag' | 'reply' | 'mediaType' | 'replyDescription' | 'errors'> &
    Partial<Pick<Operation, 'replyDescription' | 'errors'>>,
) =>
  operation({
    tag: 'Pages',
    reply: Type.String(),
    replyDescription: 'A page.',
    mediaType: 'text/html',
    errors: [503],
    ...definition,
  });

const next = text('Path of this server to go to afterwards.', { maxChars: 2_048 });

/** What a provider sends back. Their codes may be long. */
const CALLBACK = {
  code: secretText('Of the provider.', { maxChars: 6_000 }),
  state: secretText('Of the provider.', { maxChars: 2_000 }),
  iss: text('Of the provider.'),
  error: text('Of the provider.'),
  error_description: text('Of the provider.', { maxChars: 2_000 }),
};

export const signInPage = page({
  id: 'signInPage',
  summary: 'Sign in',
  description:
    "Only ways that are configured. With `code` and `state` it finishes a sign-in at a provider, as Flower's redirect URI does.",
  action: 'session.sign_in',
  parameters: { next, failed: choice('Why the page is shown again.', ['link']), ...CALLBACK },
  successes: [200, 302],
  errors: [400, 401, 403, 429, 503],
});

export const submitSignIn = page({
  id: 'submitSignIn',
  summary: 'Sign in by name and password',
  action: 'session.sign_in',
  parameters: {
    name: text('Name.', { maxChars: 256 }),
    password: secretText('Password.', { bodyOnly: true }),
    next,
  },
  strictBody: true,
  successes: [303],
  errors: [401, 403, 429, 503],
});

export const signInByLink = page({
  id: 'signInByLink',
  summary: 'Sign in with a link that works once',
  action: 'session.sign_in',
  parameters: { token: secretText('Of the link.') },
  successes: [302],
  errors: [429, 503],
});

export const signInAtProvider = page({
  id: 'signInAtProvider',
  summary: 'Sign in at a provider',
  description: '`google` leads to the provider, which leads back to `google/callback`.',
  action: 'session.sign_in',
  target: { name: 'provider', description: 'Id of the provider, and for the way back `/callback`.' },
  parameters: { next, ...CALLBACK },
  successes: [302],
  errors: [400, 401, 403, 404, 429, 503],
});

export const signOutPage = page({
  id: 'signOutPage',
  summary: 'A button to sign out',
  parameters: {},
});

export const submitSignOut = page({
  id: 'submitSignOut',
  summary: 'Sign out',
  action: 'session.sign_out',
  parameters: { csrf_token: secretText('Of the session.', { bodyOnly: true }) },
  successes: [303],
  errors: [403, 503],
});

export const accountPage = page({
  id: 'accountPage',
  summary: 'Who am I: rights, sessions, API tokens',
  parameters: {
    done: choice('What the form did that led here.', [
      'session_ended',
      'token_made',
      'token_revoked',
      'nothing',
    ]),
  },
});

export const submitSignOutEverywhere = page({
  id: 'submitSignOutEverywhere',
  summary: 'End all own sessions',
  action: 'session.sign_out_everywhere',
  parameters: {},
  successes: [303],
});

export const submitEndSession = page({
  id: 'submitEndSession',
  summary: 'End one own session',
  action: 'session.end',
  parameters: { id: required(text('Id of the session.', { maxChars: 64 })) },
  successes: [303],
});

/** How long a token made on the page lasts, in words of the form. */
export const TOKEN_LIFETIMES = ['7d', '30d', '90d', '1y', 'never'] as const;

/** A check box for each right, because the last value of a name wins. @param rights their names */
export const submitCreateToken = <R extends string>(rights: readonly R[]) =>
  page({
    id: 'submitCreateToken',
    summary: 'Make an API token',
    action: 'token.create',
    parameters: {
      name: text('For people.', { maxChars: MAX_TOKEN_NAME_CHARS }),
      expires: withDefault(choice('How long it lasts.', TOKEN_LIFETIMES), '90d'),
      networks: text('Addresses or networks (CIDR) from which it works.', { maxChars: 2_000 }),
      ...rightBoxes(rights),
    },
    successes: [303],
    errors: [400, 503],
  });

function rightBoxes<R extends string>(rights: readonly R[]) {
  return Object.fromEntries(
    rights.map((right) => [`right_${right}`, withDefault(flag(`It may ${right}.`), false)]),
  ) as Record<`right_${R}`, Parameter<boolean>>;
}

export const submitRevokeToken = page({
  id: 'submitRevokeToken',
  summary: 'Revoke an API token',
  action: 'token.revoke',
  parameters: { id: required(text('Id of the token.', { maxChars: 64 })) },
  successes: [303],
});

export const auditPage = page({
  id: 'auditPage',
  summary: 'Who changed what',
  parameters: {
    ...AUDIT_FILTERS,
    // What is not read as a time is said on the page, next to the field.
    from: text('Not before. As in GET /api/v1/audit.', { maxChars: 40 }),
    to: text('Not after.', { maxChars: 40 }),
  },
});
