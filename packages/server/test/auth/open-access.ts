// An authenticator over a real ledger, with a clock that tests move and passwords that are counted when they are hashed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AuthRules, ProviderRule } from '../../src/auth/auth-rules.ts';
import type { Authenticator, Caller, Evidence, NotSignedIn } from '../../src/auth/authenticator.ts';
import { openAuthenticator } from '../../src/auth/open-authenticator.ts';
import { matchesHash } from '../../src/auth/password-hash.ts';
import type { PasswordChecks } from '../../src/auth/passwords.ts';
import type { ProviderSignIn } from '../../src/auth/provider-sign-in.ts';
import type { Ledger } from '../../src/store/ledger.ts';
import { openSqliteLedger } from '../../src/store/sqlite/open-ledger.ts';

/** Cheap hashes of `secret`. */
export const BCRYPT = '$2y$04$hWyxk22IXzvfcwxSTGY0XuwRtRkfg1h1YhSS.e7lbFoJF4WqV0A1K';

export function rulesWith(fields: Partial<AuthRules> = {}): AuthRules {
  return {
    users: [],
    htpasswd: null,
    apiKeys: [],
    open: false,
    roles: {},
    grants: [],
    defaultRole: null,
    providers: [],
    proxy: null,
    sessionIdleMs: 1_000_000,
    sessionLifetimeMs: 5_000_000,
    readOnly: false,
    ...fields,
  };
}

export function aProvider(fields: Partial<ProviderRule> = {}): ProviderRule {
  return {
    id: 'oidc',
    kind: 'oidc',
    label: 'Company',
    clientId: 'umbel',
    clientSecret: 'client-secret',
    url: 'https://id.example.org',
    redirectUri: null,
    scopes: [],
    groupsClaim: 'groups',
    allow: ['*@example.org'],
    groups: [],
    minAccessLevel: 20,
    ...fields,
  };
}

export function evidence(
  fields: Partial<Omit<Evidence, 'header'>> & { headers?: Readonly<Record<string, string | string[]>> } = {},
): Evidence {
  const { headers = {}, ...rest } = fields;
  return {
    authorization: undefined,
    sessionCookie: undefined,
    header: (name) => headers[name],
    peer: '192.0.2.1',
    address: '192.0.2.1',
    userAgent: 'test',
    ...rest,
  };
}

export const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

export interface Access {
  readonly authenticator: Authenticator;
  readonly ledger: Ledger;
  /** Hashes computed so far. */
  readonly hashes: () => number;
  /** Calls of the ledger so far. */
  readonly lookUps: () => number;
  readonly clock: { now: number };
  readonly warnings: readonly string[];
  /** Another authenticator on the same ledger, as another desk or after a restart. */
  readonly again: (rules: AuthRules, providers?: ProviderSignIn) => Promise<Authenticator>;
}

export async function openAccess(
  t: TestContext,
  rules: AuthRules,
  { providers = null }: { providers?: ProviderSignIn | null } = {},
): Promise<Access> {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-auth-'));
  const texts: string[] = [];
  const log = { info: () => undefined, warn: (_: object, text: string) => void texts.push(text) };
  const real = await openSqliteLedger({ path: join(folder, 'umbel-access.db'), log });
  let lookUps = 0;
  const ledger = new Proxy(real, {
    get(target, name) {
      lookUps++;
      return Reflect.get(target, name) as unknown;
    },
  });
  let hashes = 0;
  const checks: PasswordChecks = {
    async check(given, stored) {
      hashes++;
      return matchesHash(given, stored);
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const clock = { now: 1_800_000_000_000 };
  const open: Authenticator[] = [];
  const again = async (newRules: AuthRules, newProviders: ProviderSignIn | null = null) => {
    const options = { ledger, log, now: () => clock.now, providers: newProviders, checks };
    const authenticator = await openAuthenticator(newRules, options);
    open.push(authenticator);
    return authenticator;
  };
  t.after(async () => {
    for (const authenticator of open) await authenticator.close();
    await real.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    authenticator: await again(rules, providers),
    ledger,
    hashes: () => hashes,
    lookUps: () => lookUps,
    clock,
    warnings: texts,
    again,
  };
}

export function known<T extends object>(found: T | NotSignedIn): T {
  if ('refused' in found) throw new Error(`refused: ${found.refused}, ${found.sentence}`);
  return found;
}

export function refusal(found: object): NotSignedIn {
  if (!('refused' in found)) throw new Error('was not refused');
  return found as NotSignedIn;
}

export const nameOf = (found: Caller | NotSignedIn) => known(found).identity.name;
