// Who of those that a provider has proven may come in, and under which name.
import type { Identity } from '../../store/ledger.ts';
import { isAllowed } from '../allowed-people.ts';
import type { ProviderRule } from '../auth-rules.ts';
import type { NotSignedIn } from '../authenticator.ts';
import type { ProvenPerson } from './provider-flow.ts';

/**
 * Of several verified addresses the first that is allowed counts. Without an address somebody comes in only where groups are
 * asked for and addresses are not.
 */
export function admitPerson(rule: ProviderRule, person: ProvenPerson): Identity | NotSignedIn {
  const { addresses, groups, login } = person;
  const byGroupsAlone = rule.allow.length === 0 && rule.groups.length > 0;
  const email = addresses.find((address) => isAllowed(rule, { email: address, groups })) ?? null;
  if (email !== null) return identityOf(rule, person, email, email);
  if (addresses.length === 0) {
    if (!byGroupsAlone || login === null) {
      return refusal(
        rule,
        null,
        `${rule.label} has not verified an address of yours.`,
        person.noAddress ?? 'no address',
      );
    }
    if (isAllowed(rule, { email: null, groups })) return identityOf(rule, person, null, login);
  }
  const claimed = addresses[0] ?? login;
  const inGroup = rule.groups.length === 0 || isAllowed({ ...rule, allow: [] }, { email: claimed, groups });
  if (inGroup)
    return refusal(rule, claimed, 'This address is not on the allowed list.', 'the address is not allowed');
  return refusal(
    rule,
    claimed,
    'You are in none of the groups that may sign in.',
    ['the account is in none of the configured groups', person.noGroups]
      .filter((text) => text !== null)
      .join('; '),
  );
}

function identityOf(rule: ProviderRule, person: ProvenPerson, email: string | null, name: string): Identity {
  return { subject: `${rule.id}:${person.subject}`, name, email, via: rule.id, groups: person.groups };
}

function refusal(rule: ProviderRule, claimed: string | null, sentence: string, hint: string): NotSignedIn {
  return { refused: 'not_allowed', sentence, claimed, operatorHint: `${rule.id}: ${hint}` };
}
