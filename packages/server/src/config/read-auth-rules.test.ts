import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readAuthRules } from './read-auth-rules.ts';
import { resolveConfig } from './resolve-config.ts';

function read(env: Record<string, string>, file = '') {
  const given = file === '' ? env : { ...env, UMBEL_CONFIG: 'u.yaml' };
  return readAuthRules(resolveConfig({ flags: new Map(), env: given, readFile: () => file }));
}

const CLIENT = { UMBEL_OAUTH2_KEY: 'id', UMBEL_OAUTH2_SECRET: 'geheim' };

test('with nothing configured there are no rules', () => {
  assert.deepEqual(read({}), {
    users: [],
    htpasswd: null,
    apiKeys: [],
    open: false,
    roles: {},
    grants: [],
    defaultRole: null,
    providers: [],
    proxy: null,
    sessionIdleMs: 12 * 3_600_000,
    sessionLifetimeMs: 7 * 86_400_000,
    readOnly: false,
  });
});

describe('one provider from flat options', () => {
  test('an issuer is enough to say that it is an OpenID provider', () => {
    const { providers } = read({
      ...CLIENT,
      UMBEL_OIDC_ISSUER: 'https://sso.example.org/realms/main',
      UMBEL_AUTH: '@example.org',
      UMBEL_OAUTH_GROUPS: 'ops,dev',
      UMBEL_OAUTH_GROUPS_CLAIM: 'roles',
      UMBEL_OAUTH_SCOPES: 'groups',
      UMBEL_OAUTH_LABEL: 'Company',
    });
    assert.deepEqual(providers, [
      {
        id: 'oidc',
        kind: 'oidc',
        label: 'Company',
        clientId: 'id',
        clientSecret: 'geheim',
        url: 'https://sso.example.org/realms/main',
        redirectUri: null,
        scopes: ['groups'],
        groupsClaim: 'roles',
        allow: ['*@example.org'],
        groups: ['ops', 'dev'],
        minAccessLevel: 20,
      },
    ]);
  });

  test('what is missing is named', () => {
    const allowed = { UMBEL_AUTH: '@example.org' };
    const wrong: [Record<string, string>, RegExp][] = [
      [{ UMBEL_AUTH_PROVIDER: 'google', ...allowed }, /google has no client id \(--oauth2-key\)/],
      [
        { UMBEL_AUTH_PROVIDER: 'google', UMBEL_OAUTH2_KEY: 'x', ...allowed },
        /google has no client secret \(UMBEL_OAUTH2_SECRET\)/,
      ],
      [{ UMBEL_AUTH_PROVIDER: 'oidc', ...CLIENT, ...allowed }, /oidc has no issuer \(--oidc-issuer\)/],
      [{ UMBEL_AUTH_PROVIDER: 'okta', ...CLIENT, ...allowed }, /okta has no address \(--oauth-url\)/],
      [{ UMBEL_AUTH_PROVIDER: 'github', ...CLIENT }, /github would let in everybody .*--auth/],
      [{ ...CLIENT }, /--oauth2-key is set, but not for which provider/],
      [allowed, /--auth is set, but not for which provider/],
      [{ UMBEL_OAUTH_GROUPS: 'ops' }, /--oauth-groups is set/],
    ];
    for (const [env, message] of wrong) assert.throws(() => read(env), { name: 'ConfigError', message });
  });

  test('what contradicts itself is refused', () => {
    const env = { ...CLIENT, UMBEL_AUTH: '@example.org', UMBEL_OIDC_ISSUER: 'https://id.example.org' };
    assert.throws(() => read({ ...env, UMBEL_AUTH_PROVIDER: 'github' }), /with github it is --oauth-url/);
    assert.throws(() => read({ ...env, UMBEL_OAUTH_URL: 'https://x.example.org' }), /say the same/);
  });
});

describe("Flower's environment alone", () => {
  const FLOWER = {
    FLOWER_OAUTH2_KEY: 'id',
    FLOWER_OAUTH2_SECRET: 'geheim',
    FLOWER_OAUTH2_REDIRECT_URI: 'https://flower.example.org/login',
    FLOWER_AUTH: '.*@example.org',
  };
  const provider = (env: Record<string, string>) => read({ ...FLOWER, ...env }).providers[0];

  test('is a rule for Google', () => {
    const rule = provider({ FLOWER_AUTH_PROVIDER: 'flower.views.auth.GoogleAuth2LoginHandler' });
    assert.deepEqual(
      [rule?.kind, rule?.clientId, rule?.clientSecret, rule?.redirectUri, rule?.allow, rule?.url],
      ['google', 'id', 'geheim', 'https://flower.example.org/login', ['*@example.org'], null],
    );
  });

  test('names domains and groups of the kind in use, and nothing else', () => {
    const leftOver = {
      FLOWER_GITHUB_OAUTH_DOMAIN: 'git.example.org',
      FLOWER_GITLAB_OAUTH_DOMAIN: 'lab.example.org',
      FLOWER_GITLAB_AUTH_ALLOWED_GROUPS: 'platform/sre, ops',
      FLOWER_GITLAB_MIN_ACCESS_LEVEL: '30',
      FLOWER_OAUTH2_OKTA_BASE_URL: 'https://dev.okta.com/oauth2/default',
    };
    const github = provider({ ...leftOver, FLOWER_AUTH_PROVIDER: 'flower.views.auth.GithubLoginHandler' });
    assert.deepEqual([github?.url, github?.groups], ['https://git.example.org', []]);
    const gitlab = provider({ ...leftOver, FLOWER_AUTH_PROVIDER: 'flower.views.auth.GitLabLoginHandler' });
    assert.deepEqual(
      [gitlab?.url, gitlab?.groups, gitlab?.minAccessLevel],
      ['https://lab.example.org', ['platform/sre', 'ops'], 30],
    );
    const okta = provider({ ...leftOver, FLOWER_AUTH_PROVIDER: 'flower.views.auth.OktaLoginHandler' });
    assert.equal(okta?.url, 'https://dev.okta.com/oauth2/default');
    assert.deepEqual(read(leftOver).providers, []);
  });

  test('means the public server by its own domain', () => {
    const env = { FLOWER_GITHUB_OAUTH_DOMAIN: 'github.com', FLOWER_AUTH_PROVIDER: 'github' };
    assert.equal(provider(env)?.url, null);
  });

  test('opens the API or makes it read-only', () => {
    assert.equal(read({ FLOWER_UNAUTHENTICATED_API: 'true' }).open, true);
    assert.equal(read({ FLOWER_READ_ONLY: 'true' }).readOnly, true);
  });
});

describe('the config file', () => {
  test('holds several providers, beside the flat one', () => {
    const file = `
      auth-provider: google
      oauth2-key: g
      oauth2-secret: gs
      auth: '@example.org'
      providers:
        - {id: contractors, kind: oidc, url: 'https://sso.agency.example', client_id: c, client_secret: cs, groups: [umbel]}
        - {id: lab, kind: gitlab, client_id: l, client_secret: ls, allow: ['@lab.example'], min_access_level: 40, label: Lab}
    `;
    const { providers } = read({}, file);
    assert.deepEqual(
      providers.map(({ id, kind, label, url, allow, groups, minAccessLevel }) => [
        id,
        kind,
        label,
        url,
        allow,
        groups,
        minAccessLevel,
      ]),
      [
        ['google', 'google', 'Google', null, ['*@example.org'], [], 20],
        ['contractors', 'oidc', 'Single sign-on', 'https://sso.agency.example', [], ['umbel'], 20],
        ['lab', 'gitlab', 'Lab', null, ['*@lab.example'], [], 40],
      ],
    );
  });

  test('says where an entry is wrong, and keeps its secret', () => {
    const wrong: [string, RegExp][] = [
      ['[{id: a, kind: oidc, client_id: c, client_secret: geheim, allow: ["@x.org"]}]', /a has no issuer/],
      [
        '[{id: a, kind: x, client_id: c, client_secret: geheim}]',
        /at 0\.kind: it must be one of google, github/,
      ],
      ['[{id: a, kind: google, client_secret: geheim}]', /at 0: it must have required properties client_id/],
      [
        '[{id: a, kind: google, client_id: c, client_secret: geheim, secrets: 1}]',
        /at 0: secrets is not known/,
      ],
      ['[{id: a, kind: google, client_id: c, client_secret: geheim, allow: ["a?@x"]}]', /allow of a needs/],
      ['{id: a, client_secret: geheim}', /has a wrong shape: it must be array/],
    ];
    for (const [providers, message] of wrong) {
      assert.throws(
        () => read({}, `providers: ${providers}`),
        (error: Error) =>
          error.name === 'ConfigError' && message.test(error.message) && !error.message.includes('geheim'),
        providers,
      );
    }
  });

  test('narrows roles and gives them to people', () => {
    const file = `
      roles:
        mailers: {rights: [operator], queues: ['emails*']}
        on-call: {rights: [viewer, revoke]}
      grants: ['ada@example.org=admin', 'group:acme/mail=mailers']
      default-role: none
    `;
    const rules = read({}, file);
    assert.deepEqual(rules.roles, {
      mailers: { rights: ['operator'], scope: { queues: ['emails*'] } },
      'on-call': { rights: ['viewer', 'revoke'], scope: {} },
    });
    assert.deepEqual(rules.grants, [
      { who: 'ada@example.org', role: 'admin' },
      { who: 'group:acme/mail', role: 'mailers' },
    ]);
    assert.equal(rules.defaultRole, 'none');
  });

  test('is held against what rules can get wrong', () => {
    const wrong: [Record<string, string>, RegExp][] = [
      [{ UMBEL_GRANTS: 'ada=god' }, /--grants: there is no role "god"/],
      [{ UMBEL_DEFAULT_ROLE: 'god' }, /--default-role: there is no role "god"/],
      [{ UMBEL_ROLES: '{"viewer": {"rights": ["admin"]}}' }, /viewer comes with Umbel/],
    ];
    for (const [env, message] of wrong) assert.throws(() => read(env), { name: 'ConfigError', message });
  });

  test('takes no role with a name that means something to the machine', () => {
    assert.throws(
      () => read({ UMBEL_ROLES: '{"__proto__": {"rights": ["admin"]}}' }),
      /__proto__ is not known/,
    );
    assert.throws(() => read({}, 'roles: {a: {rights: [view], queue: [x]}}'), /at a: queue is not known/);
  });
});

describe('a proxy that signs people in', () => {
  test('is believed from named places only', () => {
    const env = { UMBEL_AUTH_PROXY_HEADER: 'X-Forwarded-User', UMBEL_AUTH_PROXY_GROUPS_HEADER: 'X-Groups' };
    assert.deepEqual(read({ ...env, UMBEL_AUTH_PROXY_FROM: '10.0.0.5,unix' }).proxy, {
      header: 'x-forwarded-user',
      groupsHeader: 'x-groups',
      from: ['10.0.0.5', 'unix'],
    });
    assert.throws(() => read(env), /needs --auth-proxy-from/);
    assert.throws(
      () => read({ UMBEL_AUTH_PROXY_FROM: '10.0.0.5' }),
      /says nothing without --auth-proxy-header/,
    );
  });
});
