// Which counts are in sight of somebody whose right to look is narrowed, and that none of the others come through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, CONTENTS, guarded, MAIL, SHOP } from '../../test/desk/mail-and-shop.ts';
import { createRecordingDesk } from '../../test/http/recording-desk.ts';
import { createPermissions, type Scope } from '../auth/permissions.ts';
import { ALL_RIGHTS } from '../auth/rights.ts';
import { OTHER_LABEL, type TallyKind } from '../measures/tally.ts';
import { guardDesk } from './guarded-desk.ts';

const MINUTE = { from: 0, to: 60, stepS: 60 };

async function seen(scope: Scope, kind: TallyKind, labels?: readonly string[]) {
  const tallies = await guarded(scope).desk.tallies({ kind, labels, ...MINUTE });
  return tallies.map(({ label, counts }) => [label, counts.succeeded]);
}

test('somebody who sees everything sees all counts', async () => {
  const { desk, inner } = guarded({});
  for (const kind of ['all', 'name', 'queue', 'worker', 'failure'] as const)
    assert.deepEqual(await desk.tallies({ kind, ...MINUTE }), await inner.tallies({ kind, ...MINUTE }));
  assert.equal(desk.seesTallies('failure', 'anything'), true);
});

test('a right narrowed by one thing sees the labels that it names, and their sum in place of all', async () => {
  const mail = { tasks: ['mail.*'] };
  assert.deepEqual(await seen(mail, 'name'), [
    ['mail.bounce', 1],
    ['mail.send', 5],
  ]);
  assert.deepEqual(await seen(mail, 'name', ['shop.add', 'mail.send']), [['mail.send', 5]]);
  assert.deepEqual(await seen(mail, 'all'), [['', 6]]);
  const [sum] = await guarded(mail).desk.tallies({ kind: 'all', ...MINUTE });
  assert.deepEqual([sum?.runSeconds, sum?.run, sum?.at, sum?.stepS], [6, [[30, 6]], 0, 60]);
  assert.deepEqual(await seen({ queues: ['celery'] }, 'queue'), [['celery', 6]]);
  assert.deepEqual(await seen({ workers: [SHOP] }, 'all'), [['', 7]]);
});

test('what is beyond the most labels belongs to nobody who is narrowed', async () => {
  assert.ok(!(await seen({ tasks: ['*'] }, 'name')).some(([label]) => label === OTHER_LABEL));
  assert.deepEqual(await seen({ tasks: ['*'] }, 'all'), [['', 10]]);
  assert.deepEqual(await seen({ tasks: ['*'] }, 'name', [OTHER_LABEL]), []);
});

test('counts of which nobody can say whether they are in sight are refused', async () => {
  const refused = async (scope: Scope, kind: TallyKind) =>
    assert.equal(await code(() => seen(scope, kind)), 'forbidden view', JSON.stringify(scope) + kind);
  for (const kind of ['queue', 'worker', 'failure'] as const) await refused({ tasks: ['*'] }, kind);
  // Counted by type or by queue, nothing tells how many are both.
  for (const kind of ['all', 'name', 'queue', 'worker', 'failure'] as const)
    await refused({ tasks: ['mail.*'], queues: ['emails'] }, kind);
  const scopes = [{ tasks: ['mail.*'] }, { queues: ['celery'] }];
  const permissions = createPermissions(
    scopes.map((scope) => ({ role: 'r', rights: ALL_RIGHTS, scope })),
    { readOnly: false },
  );
  const desk = guardDesk(createRecordingDesk(CONTENTS), permissions);
  assert.equal(await code(() => desk.tallies({ kind: 'all', ...MINUTE })), 'forbidden view');
  const names = await desk.tallies({ kind: 'name', ...MINUTE });
  assert.deepEqual(
    names.map(({ label }) => label),
    ['mail.bounce', 'mail.send'],
  );
  assert.equal(desk.seesTallies('queue', 'celery'), true);
  assert.equal(desk.seesTallies('queue', 'emails'), false);
});

test('samples are of queues and workers in sight', async () => {
  const labels = async (scope: Scope, kind: 'queue' | 'worker', asked?: readonly string[]) =>
    (await guarded(scope).desk.gauges({ kind, labels: asked, ...MINUTE })).map(({ label }) => label);
  assert.deepEqual(await labels({}, 'worker'), [MAIL, SHOP, 'gone@test']);
  assert.deepEqual(await labels({ queues: ['emails*'] }, 'queue'), ['emails']);
  // It consumes nothing else.
  assert.deepEqual(await labels({ queues: ['emails*'] }, 'worker'), [MAIL]);
  assert.deepEqual(await labels({ workers: [SHOP] }, 'queue', ['emails', 'celery']), ['emails', 'celery']);
  assert.deepEqual(await labels({ workers: ['gone@*'] }, 'worker'), ['gone@test']);
  assert.deepEqual(await labels({ workers: ['gone@*'] }, 'queue'), []);
  assert.deepEqual(await labels({ tasks: ['mail.*'] }, 'worker', [MAIL]), []);
});
