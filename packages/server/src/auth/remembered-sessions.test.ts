import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessStore, SessionRecord } from '../store/ledger.ts';
import { rememberSessions } from './remembered-sessions.ts';

const SESSION: SessionRecord = {
  hash: 'h',
  identity: { subject: 'password:ada', name: 'ada', email: null, via: 'password', groups: [] },
  createdAt: 0,
  seenAt: 0,
  expiresAt: 1_000_000,
  address: null,
  userAgent: null,
};

/** A ledger with one session that counts how often it is asked. */
function opened() {
  let kept: SessionRecord | null = SESSION;
  const asked = { reads: 0 };
  const clock = { now: 0 };
  const ledger: Partial<AccessStore> = {
    async readSession() {
      asked.reads++;
      return kept;
    },
    async deleteSession() {
      kept = null;
      return true;
    },
    async deleteSessionsOf() {
      kept = null;
      return 1;
    },
  };
  return { asked, clock, ledger, store: rememberSessions(ledger as AccessStore, () => clock.now) };
}

test('a session is looked up once a second', async () => {
  const { asked, clock, store } = opened();
  for (let n = 0; n < 5; n++) assert.equal(await store.readSession('h'), SESSION);
  assert.equal(asked.reads, 1);
  clock.now = 1_000;
  await store.readSession('h');
  assert.equal(asked.reads, 2);
});

test('a session that ends here is over at once, also for who was just looking it up', async () => {
  for (const end of ['deleteSession', 'deleteSessionsOf'] as const) {
    const { store } = opened();
    await store.readSession('h');
    const looking = store.readSession('h');
    await store[end]('h');
    await looking;
    assert.equal(await store.readSession('h'), null);
  }
});

test('what was read before a change is not remembered after it', async () => {
  const { store, ledger } = opened();
  const slow = Promise.withResolvers<SessionRecord | null>();
  ledger.readSession = () => slow.promise;
  const looking = store.readSession('h');
  await store.deleteSession('h');
  slow.resolve(SESSION);
  await looking;
  ledger.readSession = async () => null;
  assert.equal(await store.readSession('h'), null);
});

test('one that is not there is looked up every time', async () => {
  const { asked, store } = opened();
  await store.deleteSession('h');
  await store.readSession('h');
  await store.readSession('h');
  assert.equal(asked.reads, 2);
});
