// From a rule to the flow of its kind, with the address that it has when none is configured.
import type { ProviderRule } from '../auth-rules.ts';
import { AuthRulesError } from '../auth-rules-error.ts';
import { createClientProof } from './client-proof.ts';
import { createGitHubFlow, GITHUB_URL } from './git-hub-flow.ts';
import { createGitLabFlow, GITLAB_URL } from './git-lab-flow.ts';
import { createOpenIdFlow, GOOGLE_ISSUER, oktaIssuer } from './open-id-flow.ts';
import { isPlainHttpHere, readProviderAddress } from './provider-address.ts';
import { createProviderFetch } from './provider-fetch.ts';
import type { ProviderFlow } from './provider-flow.ts';

const PUBLIC_URLS: Partial<Record<ProviderRule['kind'], URL>> = {
  google: GOOGLE_ISSUER,
  github: GITHUB_URL,
  gitlab: GITLAB_URL,
};

/** @throws AuthRulesError when the rule has no address that can be asked */
export function createProviderFlow(
  rule: ProviderRule,
  { deadlineMs, now }: { readonly deadlineMs: number; readonly now: () => number },
): ProviderFlow {
  const base = rule.url === null ? PUBLIC_URLS[rule.kind] : readProviderAddress(rule.id, rule.url);
  if (base === undefined)
    throw new AuthRulesError('providers', `${rule.id} has no address: that of its issuer is missing`);
  const plainHttp = isPlainHttpHere(base);
  const client = {
    rule,
    clientId: rule.clientId,
    plainHttp,
    fetch: createProviderFetch({ plainHttp, deadlineMs }),
    proof: createClientProof(rule.clientSecret),
  };
  if (rule.kind === 'github') return createGitHubFlow({ ...client, base });
  const issuer = rule.kind === 'okta' ? oktaIssuer(base) : base;
  return rule.kind === 'gitlab'
    ? createGitLabFlow({ ...client, now, issuer })
    : createOpenIdFlow({ ...client, now, issuer });
}
