// A desk with a worker for mail and one for the shop, as callers with narrowed rights have it.
import {
  createRecordingDesk,
  type DeskContents,
  type RecordingDesk,
  taskRecord,
  workerView,
} from '../http/recording-desk.ts';
import { OTHER_LABEL, type Tally } from '../../src/measures/tally.ts';
import { createPermissions, type Scope } from '../../src/auth/permissions.ts';
import { ALL_RIGHTS, type Right } from '../../src/auth/rights.ts';
import type { TaskQuery } from '../../src/store/store.ts';
import { type Desk, DeskError, type WorkerView } from '../../src/desk/desk.ts';
import { guardDesk } from '../../src/desk/guarded-desk.ts';

export const MAIL = 'mail@test';
export const SHOP = 'shop@test';

export function worker(name: string, queues: readonly string[], registered: readonly string[]): WorkerView {
  const view = workerView(name);
  return {
    ...view,
    replies: { ...view.replies, registered, active_queues: queues.map((queue) => ({ name: queue })) },
  };
}

/** So many tasks of the label succeeded in the first minute of 1970, and ran for a second each. */
export function tally(kind: Tally['kind'], label: string, succeeded: number): Tally {
  const counts = { received: succeeded, started: succeeded, succeeded, failed: 0, retried: 0, revoked: 0 };
  return { kind, label, at: 0, counts, runSeconds: succeeded, run: [[30, succeeded]], wait: [] };
}

export const CONTENTS: DeskContents = {
  workers: [
    worker(MAIL, ['emails', 'emails.low'], ['mail.send']),
    worker(SHOP, ['celery', 'emails'], ['shop.add']),
  ],
  tasks: [
    taskRecord('m1', { name: 'mail.send', queue: 'emails', worker: MAIL, state: 'STARTED' }),
    taskRecord('m2', { name: 'mail.send', queue: 'emails', worker: null, state: 'RECEIVED', parentId: 'm1' }),
    taskRecord('s1', { name: 'shop.add', queue: 'celery', worker: SHOP, state: 'SUCCESS', parentId: 'm1' }),
    taskRecord('odd', {}),
  ],
  registered: ['mail.send', 'shop.add'],
  queues: new Map([
    ['emails', 1],
    ['celery', 2],
  ]),
  tallies: [
    tally('all', '', 12),
    tally('name', 'mail.send', 5),
    tally('name', 'mail.bounce', 1),
    tally('name', 'shop.add', 4),
    tally('name', OTHER_LABEL, 2),
    tally('queue', 'emails', 6),
    tally('queue', 'celery', 6),
    tally('worker', MAIL, 5),
    tally('worker', SHOP, 7),
    tally('failure', '1-0123456789abcdef', 1),
  ],
  gauges: [
    { kind: 'queue', label: 'emails', at: 5, values: { depth: 3 } },
    { kind: 'queue', label: 'celery', at: 5, values: { depth: 4 } },
    { kind: 'worker', label: MAIL, at: 5, values: { active: 1 } },
    { kind: 'worker', label: SHOP, at: 5, values: { active: 2 } },
    { kind: 'worker', label: 'gone@test', at: 5, values: { active: 3 } },
  ],
  poolSize: 4,
};

export const QUERY: TaskQuery = { filter: {}, sortBy: 'received', descending: true, limit: 10, offset: 0 };

export function guarded(
  scopes: Readonly<Partial<Record<Right, Scope>>> | Scope,
  contents: DeskContents = CONTENTS,
): { readonly desk: Desk; readonly inner: RecordingDesk } {
  const isByRight = Object.keys(scopes).some((key) => ALL_RIGHTS.includes(key as Right));
  const grants = isByRight
    ? Object.entries(scopes).map(([right, scope]) => ({
        role: right,
        rights: [right as Right],
        scope: scope as Scope,
      }))
    : [{ role: 'all', rights: ALL_RIGHTS, scope: scopes as Scope }];
  const inner = createRecordingDesk(contents);
  return { inner, desk: guardDesk(inner, createPermissions(grants, { readOnly: false })) };
}

export const code = (action: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(action)
    .then(
      () => 'ok',
      (error: unknown) => {
        if (!(error instanceof DeskError)) throw error;
        return error.code === 'forbidden' ? `forbidden ${String(error.params['right'])}` : error.code;
      },
    );
