// Mistakes and contradictions in how access is configured, found before the server starts: each says which option is wrong and
// what would be right, and quotes no secret. Pure.
import { readApiKey } from './api-keys.ts';
import type { AuthRules, ProxyRule, RoleRule } from './auth-rules.ts';
import { AuthRulesError } from './auth-rules-error.ts';
import { checkProviders } from './check-providers.ts';
import { readWho, type Who } from './grants.ts';
import { createNetworkTest, isEverywhere, UNIX_SOCKET } from './networks.ts';
import { readUser } from './people.ts';
import { BUILT_IN_ROLES, isRight, RIGHTS } from './rights.ts';
import { isBuiltInRole, NO_ROLE } from './roles.ts';

/** Whether anything is configured by which somebody can sign in or show a key: then everybody has to. */
export function needsSignIn(
  rules: Pick<AuthRules, 'users' | 'htpasswd' | 'apiKeys' | 'providers' | 'proxy'>,
): boolean {
  return (
    rules.users.length + rules.apiKeys.length + rules.providers.length > 0 ||
    rules.htpasswd !== null ||
    rules.proxy !== null
  );
}

/** @throws AuthRulesError for the first mistake */
export function checkAuthRules(rules: AuthRules): void {
  checkRoles(rules.roles);
  const roles = [...Object.keys(BUILT_IN_ROLES), ...Object.keys(rules.roles)];
  checkUsers(rules.users);
  checkApiKeys(rules.apiKeys, roles);
  if (rules.defaultRole !== null && ![...roles, NO_ROLE].includes(rules.defaultRole))
    refuse('--default-role', `there is no role ${quote(rules.defaultRole)}; ${listOf(roles)}, or none`);
  const whoms = rules.grants.map(({ who, role }, index) => {
    if (!roles.includes(role))
      refuse('--grants', `there is no role ${quote(role)} for ${quote(who)}; ${listOf(roles)}`);
    return readGrant(who, index, rules);
  });
  checkGroups(rules, whoms);
  checkProviders(rules);
  if (rules.proxy !== null) checkProxy(rules.proxy);
}

function checkRoles(roles: Readonly<Record<string, RoleRule>>): void {
  for (const [name, { rights, scope }] of Object.entries(roles)) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
      refuse('roles', `${quote(name)} is no name for a role: letters, digits, - and _`);
    if (isBuiltInRole(name) || name === NO_ROLE)
      refuse('roles', `${name} comes with Umbel and means what it means; give yours another name`);
    const unknown = rights.find((word) => !isRight(word) && !isBuiltInRole(word));
    if (unknown !== undefined)
      refuse(
        'roles',
        `${name} holds ${quote(unknown)}, which is no right; ${listOf([...new Set([...Object.keys(RIGHTS), ...Object.keys(BUILT_IN_ROLES)])])}`,
      );
    if (rights.length === 0) refuse('roles', `${name} holds no right; ${listOf(Object.keys(RIGHTS))}`);
    // Both the right and the role that comes with Umbel.
    if (rights.includes('admin') && Object.values(scope).some((patterns) => patterns !== undefined))
      refuse(
        'roles',
        `${name} holds admin, which is about everybody's access and cannot be narrowed: use operator, or leave tasks, queues and workers out`,
      );
    for (const [what, patterns] of Object.entries(scope)) {
      if (patterns?.length === 0 || patterns?.includes(''))
        refuse('roles', `${name} holds for no ${what}: leave ${what} out to mean all of them`);
    }
  }
}

function checkUsers(users: readonly string[]): void {
  const names = new Set<string>();
  for (const [index, user] of users.entries()) {
    const name = user.slice(0, Math.max(0, user.indexOf(':')));
    const shown = name === '' ? `item ${index + 1}` : quote(name);
    try {
      readUser(user);
    } catch (error) {
      refuse('--basic-auth', `${shown} ${(error as Error).message}`);
    }
    if (/\p{Cc}/u.test(name)) refuse('--basic-auth', `${shown} holds a control character`);
    if (names.has(name)) refuse('--basic-auth', `${shown} is there twice`);
    names.add(name);
  }
}

function checkApiKeys(keys: readonly string[], roles: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, text] of keys.entries()) {
    const shown = `key ${index + 1}`;
    try {
      const { role, key } = readApiKey(text);
      // What stands in front of the colon may be a part of a key: it is not shown.
      if (role !== null && !roles.includes(role))
        refuse('UMBEL_API_KEYS', `${shown} has a colon but no role in front of it; ${listOf(roles)}`);
      if (seen.has(key)) refuse('UMBEL_API_KEYS', `${shown} is there twice`);
      seen.add(key);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      refuse('UMBEL_API_KEYS', `${shown} ${error.message}`);
    }
  }
}

function readGrant(who: string, index: number, rules: AuthRules): Who {
  let whom: Who;
  try {
    whom = readWho(
      who,
      rules.providers.map(({ id }) => id),
    );
  } catch (error) {
    return refuse('--grants', `item ${index + 1}, ${quote(who)}, ${(error as Error).message}`);
  }
  if (whom.by === 'anybody' && needsSignIn(rules))
    refuse('--grants', 'anybody counts only while nobody has to sign in: say who, or * for all who do');
  return whom;
}

/** A group of one provider must not open what is meant for a group of another: whoever may make groups there would choose. */
function checkGroups({ providers, proxy, grants }: AuthRules, whoms: readonly Who[]): void {
  const ways = [...providers.map(({ id }) => id), ...(proxy?.groupsHeader != null ? ['proxy'] : [])];
  const unclear = whoms.findIndex(({ by, way }) => by === 'group' && way === null);
  if (ways.length > 1 && unclear !== -1) {
    const who = grants[unclear]?.who ?? '';
    refuse(
      '--grants',
      `${quote(who)} does not say whose group it is: ${ways.map((way) => `${way}:${who}`).join(' or ')}`,
    );
  }
}

function checkProxy({ header, groupsHeader, from }: ProxyRule): void {
  for (const [option, name] of [
    ['--auth-proxy-header', header],
    ['--auth-proxy-groups-header', groupsHeader],
  ] as const) {
    if (name !== null && (!/^[a-z0-9-]+$/.test(name) || /^(?:authorization|cookie|host)$/.test(name)))
      refuse(option, `${quote(name)} cannot be the header; x-forwarded-user is a common one`);
  }
  if (header === groupsHeader)
    refuse('--auth-proxy-groups-header', 'is the header of the name; groups need one of their own');
  if (from.length === 0)
    refuse(
      '--auth-proxy-from',
      'is needed: without the addresses of the proxy anybody could send its header',
    );
  const networks = from.filter((network) => network !== UNIX_SOCKET);
  try {
    createNetworkTest(networks);
  } catch (error) {
    refuse('--auth-proxy-from', `${(error as Error).message}, nor ${UNIX_SOCKET}`);
  }
  const everywhere = networks.find(isEverywhere);
  if (everywhere !== undefined)
    refuse('--auth-proxy-from', `${everywhere} is everybody: name the addresses of the proxy`);
}

function listOf(words: readonly string[]): string {
  return `there is ${words.join(', ')}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function refuse(option: string, sentence: string): never {
  throw new AuthRulesError(option, sentence);
}
