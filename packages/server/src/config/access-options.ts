// Options about access: ways to sign in, and who may do what. How they become rules is read-auth-rules.ts.
import { type Static, Type } from 'typebox';
import type { GrantRule } from '../auth/auth-rules.ts';
import { grants, people, PROVIDER_KINDS, type ProviderKind, providerKind, users } from './access-kinds.ts';
import { filePath, headerName, networks, webAddress } from './network-kinds.ts';
import { option } from './option.ts';
import { duration, text, textList, toggle, wholeNumber } from './option-kinds.ts';
import { shaped } from './shaped-kind.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** GitLab: guest to owner. */
const LOWEST_ACCESS_LEVEL = 10;
const HIGHEST_ACCESS_LEVEL = 50;

const Name = Type.String({ minLength: 1 });
const Names = Type.Array(Name);

const Roles = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$' }),
  Type.Object(
    {
      rights: Names,
      tasks: Type.Optional(Names),
      queues: Type.Optional(Names),
      workers: Type.Optional(Names),
    },
    { additionalProperties: false },
  ),
  { additionalProperties: false },
);

const Providers = Type.Array(
  Type.Object(
    {
      id: Name,
      kind: Type.Enum(PROVIDER_KINDS),
      label: Type.Optional(Name),
      client_id: Name,
      client_secret: Name,
      url: Type.Optional(Name),
      redirect_uri: Type.Optional(Name),
      scopes: Type.Optional(Names),
      groups_claim: Type.Optional(Name),
      allow: Type.Optional(Names),
      groups: Type.Optional(Names),
      min_access_level: Type.Optional(
        Type.Integer({ minimum: LOWEST_ACCESS_LEVEL, maximum: HIGHEST_ACCESS_LEVEL }),
      ),
    },
    { additionalProperties: false },
  ),
);

type GivenRoles = Static<typeof Roles>;
export type GivenProvider = Static<typeof Providers>[number];

export const ACCESS_OPTIONS = {
  'basic-auth': option<readonly string[]>({
    kind: users,
    default: [],
    env: ['FLOWER_BASIC_AUTH'],
    flower: 'basic_auth',
    secret: true,
    help: 'People who may sign in with a name and a password. A password may be a hash from umbel hash-password. The environment or a file is a better place than the command line.',
  }),
  htpasswd: option<string | null>({
    kind: filePath,
    default: null,
    defaultText: 'none',
    help: 'More of them: a file of htpasswd with bcrypt hashes (htpasswd -B), read again when it changes.',
  }),
  'api-keys': option<readonly string[]>({
    kind: textList('[ROLE:]KEY[,…]'),
    default: [],
    flag: false,
    secret: true,
    help: 'Fixed keys that open the API as "Authorization: Bearer KEY", each ROLE:KEY, or KEY alone for the default role. Tokens that expire and can be revoked come from umbel token create.',
  }),
  'auth-provider': option<ProviderKind | null>({
    kind: providerKind,
    default: null,
    env: ['FLOWER_AUTH_PROVIDER'],
    flower: 'auth_provider',
    defaultText: 'none; oidc when --oidc-issuer is set',
    help: 'Let people sign in at this provider. Needs --oauth2-key, --oauth2-secret, and --auth or --oauth-groups. Several providers: see providers.',
  }),
  auth: option<readonly string[]>({
    kind: people,
    default: [],
    env: ['FLOWER_AUTH'],
    flower: 'auth',
    help: "Whom the provider may sign in: addresses, @domain, or patterns such as *.ops@example.org. The whole address has to match. Flower's a@example.org|b@example.org and .*@example.org are read too.",
  }),
  'oauth2-key': option<string | null>({
    kind: text('CLIENT-ID'),
    default: null,
    env: ['FLOWER_OAUTH2_KEY'],
    flower: 'oauth2_key',
    defaultText: 'none',
    help: 'Client id that the provider has given to Umbel.',
  }),
  'oauth2-secret': option<string | null>({
    kind: text('CLIENT-SECRET'),
    default: null,
    env: ['FLOWER_OAUTH2_SECRET'],
    flower: 'oauth2_secret',
    secret: true,
    defaultText: 'none',
    help: 'Client secret that belongs to it. On a command line others may see it: better set UMBEL_OAUTH2_SECRET or UMBEL_OAUTH2_SECRET_FILE.',
  }),
  'oauth2-redirect-uri': option<string | null>({
    kind: webAddress,
    default: null,
    env: ['FLOWER_OAUTH2_REDIRECT_URI'],
    flower: 'oauth2_redirect_uri',
    defaultText: 'the address of Umbel, then /login/PROVIDER/callback',
    help: 'Redirect URI as it is registered at the provider.',
  }),
  'oidc-issuer': option<string | null>({
    kind: webAddress,
    default: null,
    defaultText: 'none',
    help: 'Issuer of an OpenID provider, such as https://sso.example.org/realms/main: Keycloak, Entra ID, Auth0, Authentik and others.',
  }),
  'oauth-url': option<string | null>({
    kind: webAddress,
    default: null,
    defaultText: "the provider's public address",
    help: "Where GitHub Enterprise, one's own GitLab or one's Okta is, such as https://git.example.org.",
  }),
  'oauth-groups': option<readonly string[]>({
    kind: textList('GROUP[,…]'),
    default: [],
    help: 'Sign in only members of one of these: GitHub organisations (acme) and teams (acme/ops), GitLab groups by their full path, groups of the claim at Okta and OpenID providers.',
  }),
  'oauth-groups-claim': option<string>({
    kind: text('CLAIM'),
    default: 'groups',
    help: 'Claim in which Okta or an OpenID provider lists groups.',
  }),
  'oauth-scopes': option<readonly string[]>({
    kind: textList('SCOPE[,…]'),
    default: [],
    defaultText: 'those that are needed',
    help: 'Further scopes to ask the provider for, such as the one that brings the groups.',
  }),
  'oauth-label': option<string | null>({
    kind: text('TEXT'),
    default: null,
    defaultText: "the provider's name",
    help: 'What the button on the sign-in page says.',
  }),
  'oauth2-okta-base-url': option<string | null>({
    kind: webAddress,
    default: null,
    flag: false,
    env: ['FLOWER_OAUTH2_OKTA_BASE_URL'],
    defaultText: 'none',
    help: "Flower's name for --oauth-url with Okta.",
  }),
  'github-oauth-domain': option<string | null>({
    kind: text('DOMAIN'),
    default: null,
    flag: false,
    env: ['FLOWER_GITHUB_OAUTH_DOMAIN'],
    defaultText: 'github.com',
    help: "Flower's name for --oauth-url with GitHub, as a domain.",
  }),
  'gitlab-oauth-domain': option<string | null>({
    kind: text('DOMAIN'),
    default: null,
    flag: false,
    env: ['FLOWER_GITLAB_OAUTH_DOMAIN'],
    defaultText: 'gitlab.com',
    help: "Flower's name for --oauth-url with GitLab, as a domain.",
  }),
  'gitlab-auth-allowed-groups': option<readonly string[]>({
    kind: textList('GROUP[,…]'),
    default: [],
    flag: false,
    env: ['FLOWER_GITLAB_AUTH_ALLOWED_GROUPS'],
    help: "Flower's name for --oauth-groups with GitLab.",
  }),
  'gitlab-min-access-level': option<number>({
    kind: wholeNumber('LEVEL', LOWEST_ACCESS_LEVEL, HIGHEST_ACCESS_LEVEL),
    default: 20,
    env: ['FLOWER_GITLAB_MIN_ACCESS_LEVEL'],
    help: 'Least access level that somebody needs in a GitLab group: 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner.',
  }),
  providers: option<readonly GivenProvider[]>({
    kind: shaped(
      Providers,
      'a list of entries with id, kind, client_id, client_secret, and as needed url, label, redirect_uri, scopes, groups_claim, allow, groups, min_access_level',
    ),
    default: [],
    flag: false,
    secret: true,
    help: 'Several providers at once, a list in the config file: id, kind, client_id, client_secret; allow and groups say who may sign in.',
  }),
  'auth-proxy-header': option<string | null>({
    kind: headerName,
    default: null,
    defaultText: 'none',
    help: 'Header in which a proxy that signs people in names them, such as X-Forwarded-User. Needs --auth-proxy-from.',
  }),
  'auth-proxy-groups-header': option<string | null>({
    kind: headerName,
    default: null,
    defaultText: 'none',
    help: 'Header in which that proxy lists their groups, such as X-Forwarded-Groups.',
  }),
  'auth-proxy-from': option<readonly string[]>({
    kind: networks,
    default: [],
    help: 'Where that proxy connects from: addresses, networks, or unix for the unix socket. Whoever connects from there can be anybody.',
  }),
  roles: option<GivenRoles>({
    kind: shaped(
      Roles,
      'a name for each role, then its rights as a list, and lists of patterns as tasks, queues or workers where it is narrowed',
    ),
    default: {},
    flag: false,
    defaultText: 'viewer, operator and admin',
    help: "Roles of one's own, in the config file: rights (also names of the roles that come with Umbel), and where they hold: tasks, queues, workers.",
  }),
  grants: option<readonly GrantRule[]>({
    kind: grants,
    default: [],
    help: 'Who has which role: a name, an address or group:NAME, each with * if wanted, and in front of it the way in if only that one is meant (github:group:acme/ops=operator).',
  }),
  'default-role': option<string | null>({
    kind: text('ROLE|none'),
    default: null,
    defaultText: 'admin without any grants, else viewer',
    help: 'Role of those who sign in and whom no grant names; none lets them do nothing.',
  }),
  'read-only': option<boolean>({
    kind: toggle,
    default: false,
    env: ['FLOWER_READ_ONLY'],
    flower: 'read_only',
    help: 'Nobody may change anything, whoever they are.',
  }),
  'session-idle': option<number>({
    kind: duration('s', MINUTE_MS, 365 * DAY_MS),
    default: 12 * HOUR_MS,
    help: 'A session that is not used for so long is over.',
  }),
  'session-lifetime': option<number>({
    kind: duration('s', MINUTE_MS, 365 * DAY_MS),
    default: 7 * DAY_MS,
    help: 'A session is over after this in any case.',
  }),
  'unauthenticated-api': option<boolean>({
    kind: toggle,
    default: false,
    flag: false,
    env: ['FLOWER_UNAUTHENTICATED_API'],
    help: 'Lets everybody who can reach the port do everything, as long as no way to sign in is configured.',
  }),
  'unsafe-no-auth': option<boolean>({
    kind: toggle,
    default: false,
    help: 'The same, for those who mean it: everybody who can reach the port may do everything.',
  }),
};
