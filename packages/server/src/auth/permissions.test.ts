import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPermissions, type Grant } from './permissions.ts';
import { ALL_RIGHTS, BUILT_IN_ROLES } from './rights.ts';

const VIEWER: Grant = { role: 'viewer', rights: BUILT_IN_ROLES.viewer, scope: {} };
const MAILER: Grant = { role: 'mailer', rights: BUILT_IN_ROLES.operator, scope: { queues: ['emails*'] } };

test('the operator may do everything but what is the admin’s', () => {
  assert.deepEqual(
    ALL_RIGHTS.filter((right) => !BUILT_IN_ROLES.operator.includes(right)),
    ['admin'],
  );
  assert.deepEqual(BUILT_IN_ROLES.admin, ALL_RIGHTS);
});

test('a narrowed right holds for what matches, and not for what is not known', () => {
  const permissions = createPermissions([VIEWER, MAILER], { readOnly: false });
  assert.equal(permissions.covers('send', { queues: ['emails-eu'] }), true);
  assert.equal(permissions.covers('send', { queues: ['emails-eu', 'orders'] }), false);
  assert.equal(permissions.covers('send', { queues: [] }), false);
  assert.equal(permissions.covers('send', { task: 'shop.add' }), false);
  assert.equal(permissions.covers('view', { task: 'shop.add' }), true);
  assert.equal(permissions.scopesOf('view'), null);
  assert.deepEqual(permissions.scopesOf('send'), [{ queues: ['emails*'] }]);
  assert.deepEqual(permissions.scopesOf('admin'), []);
});

test('every named dimension of a scope must match', () => {
  const scope = { tasks: ['shop.*'], workers: ['w1@*'] };
  const permissions = createPermissions([{ role: 'r', rights: ['revoke'], scope }], { readOnly: false });
  assert.equal(permissions.covers('revoke', { task: 'shop.add', worker: 'w1@host' }), true);
  assert.equal(permissions.covers('revoke', { task: 'shop.add', worker: 'w2@host' }), false);
  assert.equal(permissions.covers('revoke', { task: 'shop.add', worker: null }), false);
});

test('read-only takes every right that changes something from everybody', () => {
  const admin: Grant = { role: 'admin', rights: ALL_RIGHTS, scope: {} };
  const permissions = createPermissions([admin], { readOnly: true });
  assert.deepEqual(permissions.rights, ['view', 'payload', 'admin']);
  assert.equal(permissions.covers('send', {}), false);
});

test('a narrowed copy never holds more than the original', () => {
  const permissions = createPermissions([VIEWER, MAILER], { readOnly: false });
  const narrowed = permissions.narrowedTo(['view', 'admin', 'send']);
  assert.deepEqual(narrowed.rights, ['view', 'send']);
  assert.equal(narrowed.covers('send', { queues: ['orders'] }), false);
});
