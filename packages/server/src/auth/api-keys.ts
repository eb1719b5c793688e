// Static keys from UMBEL_API_KEYS: `KEY`, whose rights the grants give, or `ROLE:KEY`.
import type { Identity } from '../store/ledger.ts';
import { hashOfSecret, isSameSecret } from './secret-hash.ts';

export interface ApiKey {
  readonly identity: Identity;
  /** Null: as the grants say. */
  readonly role: string | null;
}

export interface ApiKeys {
  /** Takes the same time whichever key it is, or none. */
  find(secret: string): ApiKey | null;
}

export function createApiKeys(texts: readonly string[]): ApiKeys {
  const keys = texts.map((text, index) => {
    const { role, key } = readApiKey(text);
    const name = `key ${index + 1}`;
    const identity: Identity = { subject: `key:${name}`, name, email: null, via: 'key', groups: [] };
    return { hash: hashOfSecret(key), found: { identity, role } };
  });
  return {
    find(secret) {
      const wanted = hashOfSecret(secret);
      let found: ApiKey | null = null;
      for (const key of keys) if (isSameSecret(key.hash, wanted)) found = key.found;
      return found;
    },
  };
}

/** @throws TypeError with the end of a sentence that does not quote the key */
export function readApiKey(text: string): { readonly role: string | null; readonly key: string } {
  const colon = text.indexOf(':');
  const [role, key] = colon === -1 ? [null, text] : [text.slice(0, colon), text.slice(colon + 1)];
  // As it has to come in a header: visible, of one byte a character, without a space.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new TypeError('is not KEY or ROLE:KEY, the key of visible ASCII characters');
  return { role, key };
}
