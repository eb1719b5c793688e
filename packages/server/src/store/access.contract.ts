// What every Ledger must do: sessions, API tokens, and secrets that can be used once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSession, anIdentity, aToken, hashOf } from '../../test/store/sample-access.ts';
import type { LedgerPlace } from './ledger.contract.ts';
import { StoreError } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export function accessContract(place: LedgerPlace): void {
  test('a session comes back as it was written, and is gone when it is deleted', async (t) => {
    const ledger = await place(t)();
    const identity = anIdentity('Ada Ž', {
      email: 'ada@shop.org',
      via: 'google',
      groups: ['org', 'org/team'],
    });
    const session = aSession('one', { identity });
    await ledger.writeSession(session);
    await ledger.writeSession(aSession('bare', { address: null, userAgent: null }));
    assert.deepEqual(await ledger.readSession(session.hash), session);
    assert.equal((await ledger.readSession(hashOf('bare')))?.address, null);
    assert.equal(await ledger.readSession('one'), null);
    assert.equal(await ledger.deleteSession(session.hash), true);
    assert.equal(await ledger.deleteSession(session.hash), false);
    assert.equal(await ledger.readSession(session.hash), null);
  });

  test('when a session was seen goes forward only, and an ended session does not come back by it', async (t) => {
    const ledger = await place(t)();
    const session = aSession('one');
    await ledger.writeSession(session);
    await ledger.touchSession(session.hash, 3000);
    await ledger.touchSession(session.hash, 2000);
    assert.deepEqual(await ledger.readSession(session.hash), { ...session, seenAt: 3000 });
    await ledger.deleteSession(session.hash);
    await ledger.touchSession(session.hash, 4000);
    assert.equal(await ledger.readSession(session.hash), null);
  });

  test('sessions are listed newest first, of one person or of all, and end together', async (t) => {
    const ledger = await place(t)();
    const grace = anIdentity('grace');
    await ledger.writeSession(aSession('old', { createdAt: 1 }));
    await ledger.writeSession(aSession('new', { createdAt: 3 }));
    await ledger.writeSession(aSession('hers', { createdAt: 2, identity: grace }));
    const hashes = async (subject?: string) => (await ledger.sessions(subject)).map(({ hash }) => hash);
    assert.deepEqual(await hashes(), ['new', 'hers', 'old'].map(hashOf));
    assert.deepEqual(await hashes('password:ada'), ['new', 'old'].map(hashOf));
    assert.deepEqual(await hashes('password:ADA'), []);
    assert.equal(await ledger.deleteSessionsOf('password:ada'), 2);
    assert.equal(await ledger.deleteSessionsOf('password:ada'), 0);
    assert.deepEqual(await hashes(), [hashOf('hers')]);
  });

  test('a token comes back as it was written, its use is noted, and it can be revoked once', async (t) => {
    const ledger = await place(t)();
    const token = aToken('t1', {
      roles: ['operator'],
      rights: ['view', 'send'],
      networks: ['10.0.0.0/8', '::1/128'],
      expiresAt: 99_000,
    });
    const nobodys = aToken('t2', { owner: null });
    await ledger.writeToken(token);
    await ledger.writeToken(nobodys);
    assert.deepEqual(await ledger.readToken(token.hash), token);
    assert.deepEqual(await ledger.readToken(nobodys.hash), nobodys);
    assert.equal(await ledger.readToken('t1'), null);

    await ledger.touchToken('t1', 5000, '10.1.1.1');
    await ledger.touchToken('t1', 4000, '10.2.2.2');
    const used = { ...token, usedAt: 5000, usedFrom: '10.1.1.1' };
    assert.deepEqual(await ledger.readToken(token.hash), used);
    await ledger.touchToken('t1', 6000, null);

    assert.equal(await ledger.revokeToken('t1', 7000), true);
    assert.equal(await ledger.revokeToken('t1', 8000), false);
    assert.equal(await ledger.revokeToken('t9', 8000), false);
    const revoked = { ...token, usedAt: 6000, usedFrom: null, revokedAt: 7000 };
    assert.deepEqual(await ledger.readToken(token.hash), revoked);
  });

  test('a token cannot be written over', async (t) => {
    const ledger = await place(t)();
    await ledger.writeToken(aToken('t1'));
    await ledger.revokeToken('t1', 2000);
    await assert.rejects(ledger.writeToken(aToken('t1')));
    await assert.rejects(ledger.writeToken(aToken('t2', { hash: hashOf('t1') })));
    assert.equal((await ledger.readToken(hashOf('t1')))?.revokedAt, 2000);
  });

  test('tokens are listed newest first, of one owner or of all', async (t) => {
    const ledger = await place(t)();
    await ledger.writeToken(aToken('old', { createdAt: 1 }));
    await ledger.writeToken(aToken('new', { createdAt: 3 }));
    await ledger.writeToken(aToken('nobodys', { createdAt: 2, owner: null }));
    const ids = async (subject?: string) => (await ledger.tokens(subject)).map(({ id }) => id);
    assert.deepEqual(await ids(), ['new', 'nobodys', 'old']);
    assert.deepEqual(await ids('password:ada'), ['new', 'old']);
    assert.deepEqual(await ids('password:grace'), []);
  });

  test('a one-time secret is taken once, only as its kind, and only until it is over', async (t) => {
    const ledger = await place(t)();
    const put = (secret: string, expiresAt: number) =>
      ledger.putOnce({ kind: 'link', hash: hashOf(secret), data: { secret, deep: [1, null] }, expiresAt });
    await put('a', 100);
    await put('b', 100);
    assert.equal(await ledger.takeOnce('sign-in', hashOf('a'), 50), null);
    assert.deepEqual(await ledger.takeOnce('link', hashOf('a'), 99), { secret: 'a', deep: [1, null] });
    assert.equal(await ledger.takeOnce('link', hashOf('a'), 99), null);
    assert.equal(await ledger.takeOnce('link', hashOf('b'), 100), null);
    assert.equal(await ledger.takeOnce('link', hashOf('b'), 50), null);
  });

  test('of many who take a one-time secret at once, through two ledgers, one gets it', async (t) => {
    const open = place(t);
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 5; round++) {
      const hash = hashOf(String(round));
      await one.putOnce({ kind: 'link', hash, data: { round }, expiresAt: 100 });
      const takers = Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? one : two).takeOnce('link', hash, 1));
      const taken = (await Promise.all(takers)).filter((data) => data !== null);
      assert.deepEqual(taken, [{ round }]);
    }
  });

  test('10,000 one-time secrets of a kind are kept, and no more until some are taken or swept', async (t) => {
    const ledger = await place(t)();
    const put = (kind: string, n: number) =>
      ledger.putOnce({ kind, hash: hashOf(`${kind}${n}`), data: {}, expiresAt: n });
    for (let n = 0; n < 10_000; n += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => put('sign-in', n + i)));
    }
    const isFull = (error: unknown) => error instanceof StoreError && error.code === 'full';
    await assert.rejects(put('sign-in', 10_000), isFull);
    await put('link', 1);
    assert.deepEqual(await ledger.takeOnce('sign-in', hashOf('sign-in9999'), 0), {});
    await put('sign-in', 10_000);
    await assert.rejects(put('sign-in', 10_001), isFull);
    await ledger.sweep({ now: 5000, idleBefore: 0 });
    await put('sign-in', 10_001);
    assert.equal(await ledger.takeOnce('sign-in', hashOf('sign-in5000'), 0), null);
    assert.deepEqual(await ledger.takeOnce('sign-in', hashOf('sign-in5001'), 0), {});
  });

  test('sweeping deletes what is over, and nothing else', async (t) => {
    const ledger = await place(t)();
    const now = 1000 * DAY_MS;
    const sessions = {
      good: { seenAt: now - 10, expiresAt: now + 1 },
      idle: { seenAt: now - 21, expiresAt: now + 1 },
      over: { seenAt: now - 10, expiresAt: now },
    };
    for (const [secret, times] of Object.entries(sessions))
      await ledger.writeSession(aSession(secret, times));
    const tokens = {
      good: {},
      'revoked lately': { revokedAt: now - 89 * DAY_MS },
      'revoked long ago': { revokedAt: now - 90 * DAY_MS },
      'expired lately': { expiresAt: now - 89 * DAY_MS },
      'expired long ago': { expiresAt: now - 90 * DAY_MS },
    };
    for (const [id, times] of Object.entries(tokens)) await ledger.writeToken(aToken(id, times));
    await ledger.sweep({ now, idleBefore: now - 20 });
    const kept = await ledger.sessions();
    assert.deepEqual(
      kept.map(({ hash }) => hash),
      [hashOf('good')],
    );
    const ids = (await ledger.tokens()).map(({ id }) => id);
    assert.deepEqual(ids.sort(), ['expired lately', 'good', 'revoked lately']);
  });
}
