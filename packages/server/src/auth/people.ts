// The people who sign in with a name and a password: from --basic-auth and from the htpasswd file, as it is now.
import { randomBytes } from 'node:crypto';
import type { Log } from '@umbel/celery';
import type { AuthRules } from './auth-rules.ts';
import { type HashedPeople, openHtpasswd } from './htpasswd.ts';
import { costOf, type HashedPassword, readStoredPassword, type StoredPassword } from './stored-password.ts';

export interface People {
  readonly byName: ReadonlyMap<string, StoredPassword>;
  /** The hash that takes longest to try: what a guess costs, whoever it is for. Null: all passwords are plain. */
  readonly dearest: HashedPassword | null;
}

export interface PeopleSource {
  /** Somebody may sign in with a password. */
  readonly configured: boolean;
  /** A new object whenever somebody has changed. Never rejects. */
  current(): Promise<People>;
}

/** @throws AuthRulesError when the htpasswd file cannot be used */
export async function openPeople(
  rules: Pick<AuthRules, 'users' | 'htpasswd'>,
  { log, now }: { log: Log; now: () => number },
): Promise<PeopleSource> {
  const users = new Map(rules.users.map(readUser).map(({ name, password }) => [name, password]));
  const htpasswd = rules.htpasswd === null ? null : await openHtpasswd(rules.htpasswd, log, now);
  let inFile: HashedPeople = (await htpasswd?.current()) ?? new Map();
  let people = join(inFile, users);
  return {
    configured: users.size > 0 || htpasswd !== null,
    async current() {
      const newest = await htpasswd?.current();
      if (newest !== undefined && newest !== inFile) {
        inFile = newest;
        people = join(inFile, users);
      }
      return people;
    },
  };
}

/**
 * Reads `NAME:PASSWORD`; everything after the first colon is the password.
 * @throws TypeError with the end of a sentence that quotes no secret
 */
export function readUser(user: string): { readonly name: string; readonly password: StoredPassword } {
  const colon = user.indexOf(':');
  if (colon < 1 || colon === user.length - 1) throw new TypeError('is not NAME:PASSWORD');
  return { name: user.slice(0, colon), password: readStoredPassword(user.slice(colon + 1)) };
}

/** Who is in both has the password of --basic-auth. */
function join(inFile: HashedPeople, users: ReadonlyMap<string, StoredPassword>): People {
  const byName = new Map<string, StoredPassword>([...inFile, ...users]);
  const hashed = [...byName.values()].filter((stored) => stored.kind !== 'plain');
  const dearest = hashed.reduce<HashedPassword | null>(
    (most, one) => (most === null || costOf(one) > costOf(most) ? one : most),
    null,
  );
  return { byName, dearest };
}

/** What somebody unknown is compared with. */
export const NOBODYS_PASSWORD = randomBytes(16).toString('hex');
