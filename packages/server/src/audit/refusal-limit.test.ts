import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditEntry } from '../../test/audit/memory-ledger.ts';
import { createRefusalLimit, KINDS, LINES_OF_A_KIND } from './refusal-limit.ts';

const refused = (facts: Parameters<typeof auditEntry>[0] = {}) =>
  auditEntry({ outcome: 'refused', status: 401, subject: null, ...facts });

test('what was done or has failed is never counted together', () => {
  const limit = createRefusalLimit();
  for (let count = 0; count < 100; count++) {
    assert.ok(limit.admit(auditEntry()));
    assert.ok(limit.admit(auditEntry({ outcome: 'failed' })));
  }
  assert.deepEqual(limit.flush(), []);
});

test('refusals differ by action, address and person', () => {
  const limit = createRefusalLimit();
  for (let count = 0; count < LINES_OF_A_KIND; count++) {
    assert.ok(limit.admit(refused()));
    assert.ok(limit.admit(refused({ address: '192.0.2.8' })));
    assert.ok(limit.admit(refused({ action: 'worker.shutdown' })));
    assert.ok(limit.admit(refused({ subject: 'password:ada' })));
  }
  assert.ok(!limit.admit(refused()));
  assert.ok(limit.admit(refused({ address: '192.0.2.9' })));
});

test('a counted line says how many, from when to when, and only what they have in common', () => {
  const limit = createRefusalLimit();
  for (let at = 0; at < LINES_OF_A_KIND + 3; at++) limit.admit(refused({ at, who: 'eve', target: `t${at}` }));
  const [line, ...more] = limit.flush();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [line?.who, line?.target, line?.outcome, line?.status, line?.params],
    ['eve', null, 'refused', 401, { times: 3, first_at: LINES_OF_A_KIND, last_at: LINES_OF_A_KIND + 2 }],
  );
  assert.ok(limit.admit(refused()));
});

test('an attack from very many addresses is bounded too', () => {
  const limit = createRefusalLimit();
  let lines = 0;
  for (let host = 0; host < 50_000; host++) {
    if (limit.admit(refused({ address: `host-${host}` }))) lines++;
  }
  assert.ok(lines <= KINDS + LINES_OF_A_KIND);
  const counted = limit.flush();
  assert.equal(counted.length, 1);
  assert.equal(counted[0]?.address, null);
  assert.equal(counted[0]?.params['times'], 50_000 - lines);
});
