import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createFakeAuthenticator } from '../../../test/http/fake-authenticator.ts';
import { openApp } from '../../../test/http/open-app.ts';

type Json = Readonly<Record<string, unknown>>;
const DAY_MS = 86_400_000;

async function openTokens(t: TestContext) {
  const authenticator = createFakeAuthenticator({ open: false });
  const app = await openApp(t, {}, { authenticator });
  const as = (role: string) => (method: string, url: string, body?: unknown) =>
    app.call(method, url, body, { 'x-test-caller': role });
  return { ...app, as };
}

const itemsOf = (reply: { json: () => Json }) => reply.json()['items'] as readonly Json[];

test('a token is made with its secret told once', async (t) => {
  const { as, audit } = await openTokens(t);
  const made = await as('operator')('POST', '/api/v1/tokens', {
    name: 'ci',
    rights: ['view', 'send'],
    networks: ['10.0.0.0/8'],
  });
  assert.equal(made.status, 201);
  const { token, secret } = made.json() as { token: Json; secret: string };
  assert.deepEqual(
    [token['name'], token['rights'], token['networks'], token['state'], token['last_used_at']],
    ['ci', ['view', 'send'], ['10.0.0.0/8'], 'active', null],
  );
  assert.equal(
    Math.round(
      (Date.parse(token['expires_at'] as string) - Date.parse(token['created_at'] as string)) / DAY_MS,
    ),
    90,
  );
  const listed = await as('operator')('GET', '/api/v1/tokens');
  assert.deepEqual(itemsOf(listed), [token]);
  assert.ok(!listed.text.includes(secret));
  const [line] = audit.entries;
  assert.deepEqual(
    [line?.action, line?.target, line?.detail],
    [
      'token.create',
      'ci',
      `The token ${String(token['id'])} was made; it begins with ${String(token['prefix'])}.`,
    ],
  );
  assert.ok(!JSON.stringify(audit.entries).includes(secret));
});

test('a token lasts as long as it is told', async (t) => {
  const { as } = await openTokens(t);
  const expiry = async (body: Json) => {
    const { status, json } = await as('admin')('POST', '/api/v1/tokens', { name: 'x', ...body });
    return status === 201 ? (json()['token'] as Json)['expires_at'] : json()['detail'];
  };
  assert.equal(await expiry({ expires: '2100-01-01T00:00:00Z' }), '2100-01-01T00:00:00.000Z');
  assert.equal(await expiry({ never_expires: true }), null);
  assert.equal(await expiry({ expires: '-1h' }), 'A token must expire in the future.');
  assert.equal(
    await expiry({ expires: '1d', never_expires: true }),
    'expires and never_expires exclude each other.',
  );
  assert.match(String(await expiry({ expires: 'soon' })), /^expires must be a date/);
});

test('nobody makes a token that may do more than they', async (t) => {
  const { as } = await openTokens(t);
  for (const [rights, sentence] of [
    [['view', 'admin'], 'admin is not one of your rights.'],
    [['constructor'], 'constructor is not one of your rights.'],
    [[], 'A token needs at least one right.'],
  ] as const) {
    const { status, json } = await as('viewer')('POST', '/api/v1/tokens', { name: 'x', rights });
    assert.deepEqual([status, json()['detail']], [400, sentence]);
  }
  for (const body of [{}, { name: 'x', owner: 'admin' }, { name: 'x', roles: ['admin'] }]) {
    assert.equal((await as('viewer')('POST', '/api/v1/tokens', body)).status, 400, JSON.stringify(body));
  }
});

test('a network that is none is refused', async (t) => {
  const { as } = await openTokens(t);
  const { json } = await as('viewer')('POST', '/api/v1/tokens', { name: 'x', networks: ['home'] });
  assert.equal(json()['detail'], 'home is not an address or network.');
});

test('a token cannot make tokens, and nobody can where nobody signs in', async (t) => {
  const open = await openApp(t, {}, { access: { open: true } });
  const byNobody = await open.call('POST', '/api/v1/tokens', { name: 'x' });
  assert.deepEqual([byNobody.status, byNobody.json()['code']], [403, 'not_a_person']);
  const closed = createFakeAuthenticator({ open: false });
  const byToken = await openApp(
    t,
    {},
    {
      authenticator: {
        ...closed,
        async identify(evidence) {
          const caller = await closed.identify(evidence);
          return 'refused' in caller ? caller : { ...caller, token: 'ci' };
        },
      },
    },
  );
  const refused = await byToken.call('POST', '/api/v1/tokens', { name: 'x' }, { 'x-test-caller': 'admin' });
  assert.deepEqual([refused.status, refused.json()['code']], [403, 'not_a_person']);
  assert.deepEqual(
    byToken.audit.entries.map(({ action, outcome, token }) => [action, outcome, token]),
    [['token.create', 'refused', 'ci']],
  );
});

test('people see and revoke their own tokens, admins everybody’s', async (t) => {
  const { as, audit } = await openTokens(t);
  await as('viewer')('POST', '/api/v1/tokens', { name: 'mine' });
  await as('operator')('POST', '/api/v1/tokens', { name: 'theirs' });
  assert.deepEqual(
    itemsOf(await as('viewer')('GET', '/api/v1/tokens')).map(({ name }) => name),
    ['mine'],
  );
  assert.equal((await as('viewer')('GET', '/api/v1/tokens?all=true')).status, 403);
  const all = itemsOf(await as('admin')('GET', '/api/v1/tokens?all=true'));
  assert.deepEqual(
    all.map(({ name }) => name),
    ['theirs', 'mine'],
  );
  const idOf = (name: string) => String(all.find((one) => one['name'] === name)?.['id']);
  assert.equal((await as('viewer')('DELETE', `/api/v1/tokens/${idOf('theirs')}`)).status, 404);
  assert.equal((await as('viewer')('DELETE', `/api/v1/tokens/${idOf('mine')}`)).status, 204);
  assert.equal((await as('viewer')('DELETE', `/api/v1/tokens/${idOf('mine')}`)).status, 404);
  assert.equal((await as('admin')('DELETE', `/api/v1/tokens/${idOf('theirs')}`)).status, 204);
  assert.deepEqual(
    itemsOf(await as('admin')('GET', '/api/v1/tokens?all=true')).map(({ state }) => state),
    ['revoked', 'revoked'],
  );
  assert.deepEqual(
    audit.entries
      .filter(({ action }) => action === 'token.revoke')
      .map(({ who, outcome, detail }) => [who, outcome, detail]),
    [
      ['viewer', 'refused', 'You have no such token that still works.'],
      ['viewer', 'done', 'The token mine of viewer.'],
      ['viewer', 'refused', 'The token mine of viewer.'],
      ['admin', 'done', 'The token theirs of operator.'],
    ],
  );
});
