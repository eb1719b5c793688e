// Mistakes in how providers are configured, above all those that would let everybody in. Pure.
import { widePattern } from './allowed-people.ts';
import type { AuthRules, ProviderRule } from './auth-rules.ts';
import { AuthRulesError } from './auth-rules-error.ts';
import { grantsAdmittingBy } from './grants.ts';

/** They mean something else in `--grants`, in `via` or below `/login/`. */
const RESERVED = ['anybody', 'callback', 'group', 'key', 'link', 'open', 'password', 'proxy', 'token'];

/** @throws AuthRulesError for the first mistake */
export function checkProviders({ providers, grants }: Pick<AuthRules, 'providers' | 'grants'>): void {
  const ids = providers.map(({ id }) => id);
  for (const [index, provider] of providers.entries()) {
    checkId(provider.id);
    if (ids.indexOf(provider.id) !== index) refuse(provider, 'is there twice: give each an id of its own');
    checkClient(provider);
    checkAllowed(provider);
    const isClosed = provider.allow.length > 0 || provider.groups.length > 0;
    if (!isClosed && grantsAdmittingBy(provider.id, grants, ids).length === 0)
      refuse(
        provider,
        `would let in everybody who has an account there: say who may with allow (--auth), groups (--oauth-groups) or --grants, by an address, *@example.org, or ${provider.id}:group:NAME`,
      );
  }
}

function checkId(id: string): void {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(id))
    throw new AuthRulesError(
      'providers',
      `${JSON.stringify(id)} is no id for a provider: small letters, digits and dashes`,
    );
  if (RESERVED.includes(id))
    throw new AuthRulesError('providers', `${id} means something else already; choose another id`);
}

function checkClient(provider: ProviderRule): void {
  const { clientId, clientSecret, kind, url, minAccessLevel } = provider;
  if (clientId === '') refuse(provider, 'has no client id (--oauth2-key), which the provider gave you');
  if (clientSecret === '')
    refuse(provider, 'has no client secret (UMBEL_OAUTH2_SECRET), which the provider gave you');
  if (kind === 'oidc' && url === null)
    refuse(provider, 'has no issuer (--oidc-issuer): the address at which the provider describes itself');
  if (kind === 'okta' && url === null)
    refuse(provider, 'has no address (--oauth-url): https://YOUR-COMPANY.okta.com');
  if (!(minAccessLevel >= 0 && minAccessLevel <= 50))
    refuse(provider, 'has a least access level that is none: 10 is guest, 50 is owner');
}

function checkAllowed(provider: ProviderRule): void {
  for (const pattern of provider.allow) {
    const reason = widePattern(pattern);
    if (reason !== null) refuse(provider, `may not allow ${JSON.stringify(pattern)}: it ${reason}`);
  }
  const group = provider.groups.find((name) => name.trim() === '' || /[*?]/.test(name));
  if (group !== undefined)
    refuse(
      provider,
      `asks for the group ${JSON.stringify(group)}: groups are named exactly, without patterns`,
    );
}

function refuse({ id }: ProviderRule, sentence: string): never {
  throw new AuthRulesError('providers', `${id} ${sentence}`);
}
