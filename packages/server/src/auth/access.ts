// Who is asking, and may they: people by name and password, programs by key, everybody when the API was opened.
// Knows the Authorization header's text and nothing else of HTTP.
import { createHash, timingSafeEqual } from 'node:crypto';

/** What a route needs. `open` needs nothing at all. */
export type Permission = 'open' | 'view' | 'control' | 'send';

export interface AccessRules {
  /** `user:password` each; everything after the first colon is the password. */
  readonly users: readonly string[];
  /** Keys for `Authorization: Bearer KEY`. */
  readonly apiKeys: readonly string[];
  /** Everybody may do everything. Counts only while there are neither users nor keys. */
  readonly unauthenticatedApi: boolean;
}

/** Who it is, for logs; never the secret itself. */
export interface Identity {
  readonly kind: 'user' | 'key' | 'anybody';
  readonly name: string;
}

export interface Access {
  /** True when nobody has to say who they are. */
  readonly open: boolean;
  /** Value of WWW-Authenticate. */
  readonly challenge: string;
  /** Why nobody was let in, for the client. */
  readonly refusal: string;
  /** Null when the header proves nothing. Takes the same time whichever user or key is right, or none. */
  identify(authorization: string | undefined): Identity | null;
}

interface Candidate {
  readonly digest: Buffer;
  readonly identity: Identity;
}

export function createAccess({ users, apiKeys, unauthenticatedApi }: AccessRules): Access {
  const people = users.flatMap(asPerson);
  const keys = apiKeys.map((key, index): Candidate => {
    if (key === '') throw new TypeError('an API key must not be empty');
    return { digest: digest(Buffer.from(key)), identity: { kind: 'key', name: `key ${index + 1}` } };
  });
  const configured = people.length + keys.length > 0;
  const open = unauthenticatedApi && !configured;
  return {
    open,
    challenge: challenge(people.length > 0 || !configured, keys.length > 0),
    refusal: configured
      ? 'Sign in with the name and password, or the API key, that this server was started with.'
      : 'Nobody may use this API yet: start Umbel with --basic-auth user:password or UMBEL_API_KEYS, or set the environment variable FLOWER_UNAUTHENTICATED_API=true to open it to everybody.',
    identify(authorization) {
      if (open) return { kind: 'anybody', name: 'anybody' };
      const [scheme = '', credentials = '', ...rest] = (authorization ?? '').trim().split(/ +/);
      if (rest.length > 0 || credentials === '') return null;
      switch (scheme.toLowerCase()) {
        case 'basic':
          return find(people, Buffer.from(credentials, 'base64'));
        case 'bearer':
          return find(keys, Buffer.from(credentials, 'latin1'));
        default:
          return null;
      }
    },
  };
}

/** Browsers send names and passwords in UTF-8, as the challenge asks; Python's requests sends Latin-1 where it can. */
function asPerson(credentials: string): Candidate[] {
  const name = credentials.slice(0, credentials.indexOf(':'));
  if (!/^[^:]+:./s.test(credentials)) throw new TypeError('a user must be given as user:password');
  const identity: Identity = { kind: 'user', name };
  const asLatin1 = Buffer.from(credentials, 'latin1');
  return [
    { digest: digest(Buffer.from(credentials)), identity },
    ...(asLatin1.toString('latin1') === credentials ? [{ digest: digest(asLatin1), identity }] : []),
  ];
}

/** Compares with all candidates, found or not. Digests have one length, which timingSafeEqual needs. */
function find(candidates: readonly Candidate[], given: Uint8Array): Identity | null {
  const wanted = digest(given);
  let found: Identity | null = null;
  for (const candidate of candidates) {
    if (timingSafeEqual(candidate.digest, wanted)) found = candidate.identity;
  }
  return found;
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function challenge(basic: boolean, bearer: boolean): string {
  const schemes = [];
  if (basic) schemes.push('Basic realm="Umbel", charset="UTF-8"');
  if (bearer) schemes.push('Bearer realm="Umbel"');
  return schemes.join(', ');
}
