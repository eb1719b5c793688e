// Of what is kept about workers; asking real ones is test/api.contract.ts's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Broker, Mailbox, Question } from '@umbel/celery';
import { createRedaction } from '../redaction/create-redaction.ts';
import type { Store, WorkerDetails } from '../store/store.ts';
import { openWorkerDetails } from './worker-details.ts';

const ANSWERS: Readonly<Record<string, unknown>> = {
  stats: { total: { 'shop.reset_password': 3 } },
  active: [{ id: 't1', name: 'shop.login', args: '()', kwargs: "{'password': 'sesame'}" }],
  scheduled: [{ eta: null, request: { id: 't2', args: [{ password: 'sesame' }], kwargs: {} } }],
};

test('what answers tell of tasks is masked before it is kept, when that is asked for', async (t) => {
  const redaction = createRedaction({ names: ['password'] });
  const written: WorkerDetails[] = [];
  const store = {
    workers: async () => [],
    workerDetails: async () => [],
    writeWorkerDetails: async (details: WorkerDetails) => void written.push(details),
  } as unknown as Store;
  const broker = {
    connection: { state: 'disconnected', error: 'away' },
    onConnection: () => () => undefined,
  } as unknown as Broker;
  const mailbox = {
    ask: async ({ method }: Question) => new Map(method in ANSWERS ? [['w@test', ANSWERS[method]]] : []),
  } as unknown as Mailbox;
  const details = await openWorkerDetails({
    store,
    broker,
    mailbox,
    inspectTimeoutMs: 100,
    enableEvents: false,
    redactReplies: (replies) => redaction.workerReplies(replies),
    log: { info: () => undefined, warn: () => undefined },
  });
  t.after(() => details.close());
  await details.refresh(['w@test']);
  const text = JSON.stringify(written);
  assert.ok(text.includes('t1') && text.includes('t2') && !text.includes('sesame'), text);
  assert.deepEqual(written.at(-1)?.replies['stats'], ANSWERS['stats']);
});
