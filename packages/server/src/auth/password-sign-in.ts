// Who proves to be somebody by name and password. Whoever the guess is for, and whether they exist, it costs one hash of the
// dearest kind that is configured and gets the same answer.
import type { Identity } from '../store/ledger.ts';
import type { NotSignedIn } from './authenticator.ts';
import { clientGroup } from './client-group.ts';
import type { PasswordChecks } from './passwords.ts';
import { NOBODYS_PASSWORD, type People, type PeopleSource } from './people.ts';
import { tooBusy, tooOften, wrong } from './refusals.ts';
import { createRememberedPasswords } from './remembered-passwords.ts';
import { isSameSecret } from './secret-hash.ts';
import type { Throttle } from './throttle.ts';

/** Longer passwords are wrong: nobody types them, and hashing them would cost. UTF-16 code units. */
const LONGEST = 1024;
/** Of one client at a time, so that it cannot fill the queue alone. */
const MOST_CHECKS_OF_CLIENT = 4;

export interface PasswordSignIn {
  readonly configured: boolean;
  /** Whether there is somebody of this name, now. */
  knows(name: string): Promise<boolean>;
  prove(name: string, password: string, address: string | null): Promise<Identity | NotSignedIn>;
}

export interface PasswordSignInOptions {
  readonly people: PeopleSource;
  readonly checks: PasswordChecks;
  readonly throttle: Throttle;
  readonly now: () => number;
}

export function createPasswordSignIn({
  people: source,
  checks,
  throttle,
  now,
}: PasswordSignInOptions): PasswordSignIn {
  const remembered = createRememberedPasswords(now);
  /** The same credentials from the same client, sent many times at once, are tried once. */
  const underWay = new Map<string, Promise<Identity | NotSignedIn>>();
  const ofClient = new Map<string, number>();
  let rememberedOf: People | undefined;

  /** Null: nothing was tried. */
  const tryPassword = async (people: People, name: string, given: string): Promise<boolean | null> => {
    const stored = people.byName.get(name);
    const plain = stored?.kind === 'plain' ? stored.text : NOBODYS_PASSWORD;
    if (isSameSecret(given, plain) && stored?.kind === 'plain') return true;
    const hashed = stored === undefined || stored.kind === 'plain' ? people.dearest : stored;
    if (hashed === null || given.length > LONGEST) return false;
    const right = await checks.check(given, hashed);
    return right === 'busy' ? null : right && hashed === stored;
  };

  const tryOnce = async (
    people: People,
    name: string,
    given: string,
    address: string | null,
  ): Promise<Identity | NotSignedIn> => {
    const attempt = await throttle.begin(address, name);
    if ('first' in attempt) return tooOften(attempt, name);
    const client = clientGroup(address);
    const checking = ofClient.get(client) ?? 0;
    if (checking >= MOST_CHECKS_OF_CLIENT) {
      await attempt.untried();
      return tooBusy(name);
    }
    ofClient.set(client, checking + 1);
    let right: boolean | null = null;
    try {
      right = await tryPassword(people, name, given);
    } finally {
      const left = (ofClient.get(client) ?? 1) - 1;
      if (left === 0) ofClient.delete(client);
      else ofClient.set(client, left);
      // Also when the thread died.
      if (right === null) await attempt.untried();
    }
    if (right === null) return tooBusy(name);
    if (!right) return wrong('The name and password are not right.', name);
    await attempt.right();
    return identityOf(name);
  };

  return {
    configured: source.configured,
    knows: async (name) => (await source.current()).byName.has(name),
    async prove(name, given, address) {
      const people = await source.current();
      if (people !== rememberedOf) remembered.clear();
      rememberedOf = people;
      const seal = remembered.seal(name, given, address);
      // In this order: a guess at what is remembered has no more tries than any other.
      const refusal = await throttle.refusal(address, name);
      if (refusal !== null) return tooOften(refusal, name);
      if (remembered.has(seal)) return identityOf(name);
      let proving = underWay.get(seal);
      if (proving === undefined) {
        proving = tryOnce(people, name, given, address).finally(() => underWay.delete(seal));
        underWay.set(seal, proving);
      }
      const proven = await proving;
      if (!('refused' in proven) && people === rememberedOf) remembered.add(seal);
      return proven;
    },
  };
}

function identityOf(name: string): Identity {
  return { subject: `password:${name}`, name, email: null, via: 'password', groups: [] };
}
