import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPermissions } from '../../auth/permissions.ts';
import { ALL_RIGHTS } from '../../auth/rights.ts';
import type { Caller } from '../../auth/authenticator.ts';
import { HOSTILE } from '../../../test/http/remembering-authenticator.ts';
import type { ServerFacts } from '../api-request.ts';
import { accountPage } from './account-page.ts';
import { auditPage } from './audit-page.ts';
import { errorPage } from './error-page.ts';
import { loginPage } from './login-page.ts';
import { logoutPage } from './logout-page.ts';

const server: ServerFacts = {
  version: HOSTILE,
  urlPrefix: '/p',
  openApi: {},
  readOnly: false,
  frameAncestors: [],
};
const caller: Caller = {
  identity: { subject: HOSTILE, name: HOSTILE, email: `${HOSTILE}@x`, via: HOSTILE, groups: [HOSTILE] },
  permissions: createPermissions(
    [
      {
        role: HOSTILE,
        rights: ALL_RIGHTS,
        scope: { tasks: [HOSTILE], queues: [HOSTILE], workers: [HOSTILE] },
      },
    ],
    { readOnly: false },
  ),
  session: { hash: HOSTILE, csrfToken: HOSTILE },
  token: HOSTILE,
};
const noRights = { ...caller, permissions: createPermissions([], { readOnly: false }) };
const person = { ...caller, token: null };
const time = '2026-11-25T12:00:00.000Z';
const session = {
  id: HOSTILE,
  user: { name: HOSTILE, email: HOSTILE, via: HOSTILE },
  current: false,
  created_at: time,
  seen_at: time,
  expires_at: time,
  address: HOSTILE,
  user_agent: HOSTILE,
};
const token = {
  id: HOSTILE,
  name: HOSTILE,
  prefix: HOSTILE,
  owner: { name: HOSTILE, via: HOSTILE },
  roles: [HOSTILE],
  rights: [HOSTILE],
  networks: [HOSTILE],
  state: 'active' as const,
  created_at: time,
  expires_at: time,
  revoked_at: null,
  last_used_at: time,
  last_used_from: HOSTILE,
};
const line = {
  seq: 1,
  at: time,
  who: HOSTILE,
  via: HOSTILE,
  token: HOSTILE,
  address: HOSTILE,
  action: HOSTILE,
  target: HOSTILE,
  params: { [HOSTILE]: HOSTILE },
  outcome: 'failed' as const,
  status: 500,
  detail: HOSTILE,
  replies: { [HOSTILE]: HOSTILE },
  took_ms: 1,
  hash: HOSTILE,
};
const account = { server, sessions: [session], tokens: [token, { ...token, rights: null }], done: undefined };

const PAGES = {
  login: loginPage({
    server,
    ways: { password: true, providers: [{ id: HOSTILE, label: HOSTILE }] },
    open: false,
    caller,
    next: `/p/${HOSTILE}`,
    name: HOSTILE,
    problem: HOSTILE,
  }),
  logout: logoutPage(server, caller),
  'logout without a session': logoutPage(server, { ...caller, session: null }),
  account: accountPage({ ...account, caller: person, made: { name: HOSTILE, secret: HOSTILE }, draft: null }),
  'account by a token': accountPage({ ...account, caller, made: null, draft: null }),
  'account without rights': accountPage({ ...account, caller: noRights, made: null, draft: null }),
  'account with a form that is wrong': accountPage({
    ...account,
    caller: person,
    made: null,
    draft: { name: HOSTILE, rights: [], expires: '7d', networks: HOSTILE, problem: HOSTILE },
  }),
  error: errorPage({ server, caller: noRights, status: 403, sentence: HOSTILE }),
  audit: auditPage({
    server,
    caller,
    filters: {
      who: HOSTILE,
      action: HOSTILE,
      target: HOSTILE,
      outcome: HOSTILE,
      from: HOSTILE,
      to: HOSTILE,
      q: HOSTILE,
    },
    items: [line],
    next: '7',
    problem: HOSTILE,
  }),
};

/** Tags and attributes that the pages have; nothing in a value may add to them. */
const TAGS = new Set(
  'i html head meta title style body a header nav span form input button main div h1 h2 p strong label ul li dl dt dd table thead tbody tr th td time code select option fieldset legend br footer'.split(
    ' ',
  ),
);

for (const [name, { reply }] of Object.entries(PAGES)) {
  test(`no value becomes markup: ${name}`, () => {
    assert.ok(!reply.includes(HOSTILE), 'a value stands there as it came');
    const { body, style } = { body: reply.replace(/<style>[^<]*<\/style>/, ''), style: /<style>/g };
    assert.equal(reply.match(style)?.length, 1);
    for (const [tag, , element = ''] of body.matchAll(/<(\/?)([a-z0-9]+)/gi)) {
      assert.ok(TAGS.has(element.toLowerCase()), tag);
    }
    // Every tag ends where it should: outside of quotes there is no other `<`, and no attribute listens to events.
    const withoutTags = body.replaceAll(/<!doctype html>|<\/?[a-z0-9]+(?: [a-z-]+(?:="[^"<>]*")?)*>/g, '');
    assert.ok(!/[<>"']/.test(withoutTags), withoutTags.match(/.{0,40}[<>"'].{0,40}/)?.[0] ?? '');
    assert.ok(!/<[^>]* on[a-z]+=/i.test(body.replaceAll(/="[^"]*"/g, '=""')));
  });
}
