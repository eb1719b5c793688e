import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { dbPath, ledgerPath } from './db-path.ts';

const broker = 'redis://h:6379/0';

test('the ledger lies beside the history', () => {
  assert.equal(ledgerPath({ db: '/data/umbel.db', broker }), '/data/umbel-access.db');
  assert.equal(ledgerPath({ db: 'history.sqlite', broker }), resolve('history-access.db'));
  assert.equal(ledgerPath({ db: '/data/umbel', broker }), '/data/umbel-access.db');
  assert.match(ledgerPath({ db: null, broker }), /redis-h-6379-0-access\.db$/);
});

test('a database server and a broker that is none are named as what they are', () => {
  assert.throws(() => dbPath({ db: 'postgres://h/db', broker }), /--db needs the path of a file/);
  assert.throws(() => dbPath({ db: null, broker: 'nonsense' }), {
    name: 'ConfigError',
    message: /--broker: /,
  });
});
