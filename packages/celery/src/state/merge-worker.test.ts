import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { CAPTURES, capturedMessages } from '../../test/captured-events.ts';
import type { CeleryEvent, TaskEvent, WorkerEvent } from '../events/celery-event.ts';
import { decodeEvents } from '../events/decode-events.ts';
import { emptyWorker, mergeIntoWorker, mergeWorker, workerOf } from './merge-worker.ts';
import type { WorkerRecord } from './worker-record.ts';

const HEARTBEAT: WorkerEvent = {
  type: 'worker-heartbeat',
  hostname: 'w@h',
  timestamp: 10,
  clock: 3,
  pid: 7,
  freq: 2,
  active: 1,
  processed: 40,
  loadavg: [0.1, 0.2, 0.3],
  sw_ident: 'py-celery',
  sw_ver: '5.7.0',
  sw_sys: 'Linux',
};
const { active: _active, processed: _processed, loadavg: _loadavg, ...WITHOUT_FACTS } = HEARTBEAT;
const STARTED: TaskEvent = {
  type: 'task-started',
  hostname: 'w@h',
  timestamp: 11,
  clock: 4,
  pid: 7,
  uuid: 't',
};

function merge(events: readonly CeleryEvent[]): WorkerRecord {
  let record: WorkerRecord | null = null;
  for (const event of events) record = mergeWorker(record, event);
  assert.ok(record);
  return record;
}

suite('a worker', () => {
  test('is what its newest event says', () => {
    const record = merge([{ ...HEARTBEAT, timestamp: 20, processed: 55, active: 0 }, HEARTBEAT]);
    assert.deepEqual(record, {
      hostname: 'w@h',
      pid: 7,
      freq: 2,
      active: 0,
      processed: 55,
      loadavg: [0.1, 0.2, 0.3],
      factsAt: 20,
      software: { ident: 'py-celery', version: '5.7.0', system: 'Linux' },
      onlineAt: null,
      heartbeatAt: 20,
      offlineAt: null,
      lastEventAt: 20,
      clock: 3,
    });
  });

  test('keeps its facts when it answers a request for a heartbeat, which has none and says freq 5', () => {
    const record = merge([HEARTBEAT, { ...WITHOUT_FACTS, timestamp: 20, freq: 5 }]);
    assert.deepEqual(
      [record.freq, record.active, record.processed, record.factsAt, record.heartbeatAt],
      [2, 1, 40, 10, 20],
    );
    assert.equal(merge([{ ...WITHOUT_FACTS, freq: 5 }]).freq, null, 'its own rhythm is not known');
  });

  test('is heard by the events of its tasks, which say nothing else of it', () => {
    const before = merge([HEARTBEAT]);
    assert.deepEqual(merge([HEARTBEAT, STARTED]), { ...before, lastEventAt: 11 });
    assert.deepEqual(merge([STARTED]), { ...emptyWorker('w@h'), lastEventAt: 11 });
  });

  test('is known apart from clients', () => {
    const sent: CeleryEvent = {
      ...STARTED,
      type: 'task-sent',
      hostname: 'gen12@h',
      name: 'n',
      args: null,
      kwargs: null,
      retries: 0,
      eta: null,
      expires: null,
      rootId: null,
      parentId: null,
      queue: 'q',
      exchange: '',
      routingKey: 'q',
    };
    assert.equal(workerOf(sent), null);
    assert.equal(workerOf({ ...sent, hostname: 'w@h' }), null, 'a client may run under any name');
    assert.equal(workerOf({ ...STARTED, hostname: 'gen12@h' }), null);
    assert.equal(workerOf({ ...STARTED, hostname: 'general@h' }), 'general@h');
    assert.equal(mergeWorker(null, sent), null);
    const record = merge([HEARTBEAT]);
    assert.equal(mergeWorker(record, sent), record);
  });

  test('comes out the same whatever the order of its events, with repeats', () => {
    const event: fc.Arbitrary<CeleryEvent> = fc
      .record({
        type: fc.constantFrom('worker-online', 'worker-heartbeat', 'worker-offline', 'task-started' as const),
        timestamp: fc.integer({ min: 1, max: 5 }),
        clock: fc.integer({ min: 0, max: 2 }),
        pid: fc.constantFrom(undefined, 1, 2),
        facts: fc.constantFrom(
          {},
          { freq: 2, active: 1 },
          { freq: 1, processed: 3 },
          { active: 2, loadavg: [1, 2, 3] },
        ),
        sw_ver: fc.constantFrom(undefined, '5.2', '5.7'),
      })
      .map(
        ({ facts, ...fields }) =>
          (fields.type === 'task-started'
            ? { ...STARTED, timestamp: fields.timestamp }
            : { hostname: 'w@h', ...fields, ...facts }) as CeleryEvent,
      );
    fc.assert(
      fc.property(
        fc
          .array(event, { minLength: 1, maxLength: 10 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray(events, { minLength: events.length }),
              fc.shuffledSubarray(events),
            ),
          ),
        ([events, shuffled, repeats]) => {
          assert.deepEqual(merge([...shuffled, ...repeats]), merge(events));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  for (const name of CAPTURES) {
    test(`of ${name} said goodbye with its count of tasks`, () => {
      const draft = emptyWorker('fixture@worker');
      for (const event of capturedMessages(name).flatMap((message) => decodeEvents(message).events)) {
        if (workerOf(event) === draft.hostname) mergeIntoWorker(draft, event);
      }
      assert.equal(draft.freq, 2);
      assert.equal(draft.software?.version, name.split('-')[1]);
      assert.ok((draft.processed ?? 0) >= 13);
      assert.equal(draft.active, 0);
      assert.ok(draft.offlineAt !== null && draft.onlineAt !== null && draft.offlineAt > draft.onlineAt);
      assert.equal(draft.lastEventAt, draft.offlineAt);
    });
  }
});
