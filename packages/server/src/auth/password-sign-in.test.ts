import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BCRYPT } from '../../test/auth/open-access.ts';
import { createPasswordSignIn } from './password-sign-in.ts';
import type { PasswordChecks } from './passwords.ts';
import { openPeople } from './people.ts';
import { matchesHash } from './password-hash.ts';
import type { HashedPassword } from './stored-password.ts';
import { createThrottle } from './throttle.ts';

const DEAR = '$2y$06$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
const A = '192.0.2.1';

/** @param answer what every check answers; missing: the truth */
async function signInWith(users: readonly string[], answer?: () => Promise<boolean | 'busy'>) {
  const hashed: HashedPassword[] = [];
  const clock = { now: 0 };
  const checks: PasswordChecks = {
    check: async (given, stored) => {
      hashed.push(stored);
      return answer === undefined ? matchesHash(given, stored) : answer();
    },
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const now = () => clock.now;
  const log = { info: () => undefined, warn: () => undefined };
  const source = await openPeople({ users, htpasswd: null }, { log, now });
  let people = await source.current();
  const signIn = createPasswordSignIn({
    people: { configured: true, current: async () => people },
    checks,
    throttle: createThrottle(),
    now,
  });
  const prove = async (name: string, password: string, address: string | null = A) => {
    const proven = await signIn.prove(name, password, address);
    return 'refused' in proven ? proven.refused : proven.subject;
  };
  const change = async (newUsers: readonly string[]) => {
    people = await (await openPeople({ users: newUsers, htpasswd: null }, { log, now })).current();
  };
  return { signIn, prove, hashed, clock, change };
}

test('people prove who they are by plain and by hashed passwords', async () => {
  const { prove, signIn } = await signInWith(['ada:love:lace', `bob:${BCRYPT}`]);
  assert.equal(await prove('ada', 'love:lace'), 'password:ada');
  assert.equal(await prove('bob', 'secret'), 'password:bob');
  assert.equal(await prove('ada', 'love'), 'wrong');
  assert.equal(await prove('bob', BCRYPT), 'wrong');
  assert.equal(await prove('Ada', 'love:lace'), 'wrong');
  assert.equal(await prove('toString', ''), 'wrong');
  assert.deepEqual(await signIn.prove('ada', 'love:lace', A), {
    subject: 'password:ada',
    name: 'ada',
    email: null,
    via: 'password',
    groups: [],
  });
});

test('an unknown user costs what a wrong password costs: one hash of the dearest kind, and the same answer', async () => {
  const { signIn, hashed } = await signInWith([`ada:${DEAR}`, `bob:${BCRYPT}`, 'eve:plain']);
  const unknown = await signIn.prove('nobody', 'x', A);
  const wrong = await signIn.prove('ada', 'x', A);
  const plain = await signIn.prove('eve', 'x', A);
  assert.deepEqual(
    hashed.map((stored) => stored.kind === 'bcrypt' && stored.text),
    [DEAR, DEAR, DEAR],
  );
  const told = [unknown, wrong, plain].map((found) => JSON.stringify({ ...found, claimed: null }));
  assert.equal(new Set(told).size, 1);
});

test('an unknown user does not get in with the password of the hash that was tried for them', async () => {
  const { prove } = await signInWith([`bob:${BCRYPT}`, 'eve:plain']);
  assert.equal(await prove('nobody', 'secret'), 'wrong');
  assert.equal(await prove('eve', 'secret'), 'wrong');
});

test('without hashes nothing is hashed, and a password longer than anybody has costs none', async () => {
  const plain = await signInWith(['ada:x']);
  await plain.prove('ada', 'y');
  await plain.prove('nobody', 'y');
  assert.equal(plain.hashed.length, 0);
  const hashed = await signInWith([`bob:${BCRYPT}`]);
  assert.equal(await hashed.prove('bob', 'x'.repeat(1025)), 'wrong');
  assert.equal(await hashed.prove('nobody', 'x'.repeat(1025)), 'wrong');
  assert.equal(hashed.hashed.length, 0);
});

test('a right password is remembered for some minutes, for this address only', async () => {
  const { prove, hashed, clock } = await signInWith([`bob:${BCRYPT}`]);
  for (let n = 0; n < 50; n++) assert.equal(await prove('bob', 'secret'), 'password:bob');
  assert.equal(hashed.length, 1);
  await prove('bob', 'secret', '192.0.2.2');
  assert.equal(hashed.length, 2);
  clock.now += 300_000;
  await prove('bob', 'secret');
  assert.equal(hashed.length, 3);
});

test('what is remembered is forgotten when people change', async () => {
  const { prove, change } = await signInWith([`bob:${BCRYPT}`]);
  assert.equal(await prove('bob', 'secret'), 'password:bob');
  await change(['ada:x']);
  assert.equal(await prove('bob', 'secret'), 'wrong');
});

test('the same right password sent many times at once is hashed once and throttles nobody', async () => {
  const { prove, hashed } = await signInWith([`bob:${BCRYPT}`]);
  const answers = await Promise.all(Array.from({ length: 40 }, () => prove('bob', 'secret')));
  assert.deepEqual(new Set(answers), new Set(['password:bob']));
  assert.equal(hashed.length, 1);
});

test('after five wrong passwords also the right one is refused from there, unseen, and from elsewhere it is not', async () => {
  const { prove, hashed } = await signInWith([`bob:${BCRYPT}`]);
  for (let n = 0; n < 5; n++) assert.equal(await prove('bob', `guess ${n}`), 'wrong');
  const before = hashed.length;
  for (let n = 0; n < 20; n++) assert.equal(await prove('bob', 'secret'), 'throttled');
  assert.equal(hashed.length, before);
  assert.equal(await prove('bob', 'secret', '192.0.2.2'), 'password:bob');
});

test('a name that does not exist is throttled like one that does', async () => {
  const { prove } = await signInWith([`bob:${BCRYPT}`]);
  const answers = async (name: string, address: string) => {
    const all = [];
    for (let n = 0; n < 8; n++) all.push(await prove(name, `guess ${n}`, address));
    return all;
  };
  assert.deepEqual(await answers('nobody', A), await answers('bob', '192.0.2.2'));
});

test('only the first throttled answer of a window goes to the audit trail', async () => {
  const { signIn } = await signInWith(['bob:x']);
  const records = [];
  for (let n = 0; n < 12; n++) {
    const found = await signIn.prove('bob', `guess ${n}`, A);
    if ('refused' in found && found.unrecorded !== true) records.push(found.refused);
  }
  assert.deepEqual(records, ['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'throttled']);
});

test('who was right a moment ago is not kept out by guesses of others behind the same address', async () => {
  const { prove } = await signInWith([`ada:${BCRYPT}`]);
  assert.equal(await prove('ada', 'secret'), 'password:ada');
  for (let n = 0; n < 60; n++) await prove(`name-${n}`, 'x');
  assert.equal(await prove('other', 'x'), 'throttled');
  assert.equal(await prove('ada', 'secret'), 'password:ada');
});

test('guesses at a password that is remembered have no more tries than others', async () => {
  const { prove } = await signInWith([`ada:${BCRYPT}`]);
  await prove('ada', 'secret');
  for (let n = 0; n < 6; n++) await prove('ada', `guess ${n}`);
  assert.equal(await prove('ada', 'secret'), 'throttled');
});

test('one client cannot fill the queue of hashes alone, and nothing that was not tried is held against anybody', async () => {
  const waiting: (() => void)[] = [];
  const { prove, hashed } = await signInWith([`bob:${BCRYPT}`], async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return false;
  });
  const first = Array.from({ length: 20 }, (_, n) => prove(`name-${n}`, 'x'));
  const other = prove('bob', 'x', '192.0.2.2');
  const busy = await Promise.all(first.slice(4));
  assert.deepEqual(new Set(busy), new Set(['busy']));
  assert.equal(hashed.length, 5);
  for (const resume of waiting) resume();
  assert.deepEqual(
    await Promise.all([...first.slice(0, 4), other]),
    Array.from({ length: 5 }, () => 'wrong'),
  );
});

test('while too many wait everybody is told to try again, as often as they like', async () => {
  const { signIn } = await signInWith([`bob:${BCRYPT}`], async () => 'busy');
  for (let n = 0; n < 20; n++) {
    const found = await signIn.prove('bob', 'secret', A);
    assert.ok('refused' in found && found.refused === 'busy' && (found.retryAfterS ?? 0) > 0);
  }
});
