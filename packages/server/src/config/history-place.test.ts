import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { historyPlace } from './history-place.ts';

const broker = 'redis://h:6379/0';

function ledgerOf(db: string | null): string {
  const place = historyPlace({ db, broker });
  assert.ok(place.kind === 'file');
  return place.ledgerPath;
}

test('the ledger lies beside the history', () => {
  assert.equal(ledgerOf('/data/umbel.db'), '/data/umbel-access.db');
  assert.equal(ledgerOf('history.sqlite'), resolve('history-access.db'));
  assert.equal(ledgerOf('/data/umbel'), '/data/umbel-access.db');
  assert.match(ledgerOf(null), /redis-h-6379-0-access\.db$/);
});

test('a URL of PostgreSQL is a place for both', () => {
  for (const url of ['postgres://u:p@h:5432/db', 'postgresql://h/db?sslmode=require', 'POSTGRES://h/db'])
    assert.deepEqual(historyPlace({ db: url, broker }), { kind: 'postgres', url });
});

test('another server, a URL that is none, and a broker that is none are named as what they are', () => {
  assert.throws(() => historyPlace({ db: 'mysql://h/db', broker }), {
    name: 'ConfigError',
    message: /--db needs the path of a file or a URL that begins with postgres:\/\//,
  });
  assert.throws(
    () => historyPlace({ db: 'postgres://u:secret@h:port/db', broker }),
    (error: Error) => {
      assert.match(error.message, /--db is no URL/);
      return !error.message.includes('secret');
    },
  );
  assert.throws(() => historyPlace({ db: null, broker: 'nonsense' }), {
    name: 'ConfigError',
    message: /--broker: /,
  });
});
