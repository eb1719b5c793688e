// Whether an OpenID provider has proven an address, by its own word or by what stands for it. Pure.
import { type Claims, isTrue, readAddress } from './provider-claims.ts';

/** Whose `email` claim is whatever a tenant's administrator wrote; `xms_edov` says that the tenant owns the domain. */
const ENTRA_ORIGIN = 'https://login.microsoftonline.com';

/** Address and its proof count only from one and the same source. */
export function provenAddress(claims: Claims): string | null {
  const isEntra = typeof claims['iss'] === 'string' && claims['iss'].startsWith(`${ENTRA_ORIGIN}/`);
  const proven = isTrue(claims['email_verified']) || (isEntra && isOwnedDomain(claims['xms_edov']));
  return proven ? readAddress(claims['email']) : null;
}

function isOwnedDomain(claim: unknown): boolean {
  return isTrue(claim) || claim === 1 || claim === '1';
}

/** For the operator: what to mend when no source has proven an address. */
export function whyNoAddress(sources: readonly Claims[]): string {
  if (!sources.some((claims) => Object.hasOwn(claims, 'email')))
    return 'the provider sent no claim "email": the scope email must be allowed for this client, and the account must have an address';
  if (sources.some((claims) => String(claims['iss']).startsWith(`${ENTRA_ORIGIN}/`)))
    return 'Entra ID does not say whether an address is proven unless the optional claim xms_edov is added to the ID token (App registration, Token configuration), or let people in by groups';
  if (sources.some((claims) => isTrue(claims['email_verified'])))
    return 'the address is not one that Umbel takes: only ASCII, and one @';
  return 'the provider does not say that the address is verified (claim "email_verified" must be true)';
}
