// The judge is Celery's own `celery.events.state.State`: the same events, one after the other, into both; after each of them
// both must say the same of the task. Streams are in the order of their timestamps, because out of order the two differ on purpose
// (celery-vectors.test.ts has those cases one by one).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { python, tempFolder } from '@umbel/testkit';
import * as fc from 'fast-check';
import { CAPTURES, capturedMessages } from '../../test/captured-events.ts';
import { decodeEvents } from '../events/decode-events.ts';
import type { Message } from '../message/message.ts';
import { emptyTask, mergeInto } from './merge-task.ts';
import type { TaskDraft } from './task-fields.ts';
import type { TaskRecord } from './task-record.ts';

/** Celery's attribute ▶ the record's field. */
const FIELDS = {
  state: 'state',
  name: 'name',
  args: 'args',
  kwargs: 'kwargs',
  retries: 'retries',
  eta: 'eta',
  expires: 'expires',
  root_id: 'rootId',
  parent_id: 'parentId',
  sent: 'sent',
  received: 'received',
  started: 'started',
  succeeded: 'succeeded',
  failed: 'failed',
  retried: 'retried',
  revoked: 'revoked',
  rejected: 'rejected',
  result: 'result',
  runtime: 'runtime',
  exception: 'exception',
  traceback: 'traceback',
  queue: 'queue',
  exchange: 'exchange',
  routing_key: 'routingKey',
  client: 'client',
  worker: 'worker',
  pid: 'pid',
  clock: 'clock',
  timestamp: 'timestamp',
  terminated: 'terminated',
  signum: 'signum',
  expired: 'expired',
  requeue: 'requeue',
} as const satisfies Record<string, keyof TaskRecord>;

type CeleryTask = Readonly<Record<keyof typeof FIELDS, unknown>>;
type RawEvent = Readonly<Record<string, unknown>>;

/** Every difference that is meant, as what Celery's answer becomes before it is compared. */
const ON_PURPOSE: readonly (readonly [
  why: string,
  apply: (task: Record<string, unknown>, event: RawEvent) => void,
])[] = [
  [
    'a retry is not its own parent',
    (task, event) => {
      if (task['parent_id'] === event['uuid']) task['parent_id'] = null;
    },
  ],
  [
    'the error is shown instead of its wrapper',
    (task) => {
      if (task['exception'] !== 'ExceptionWithTraceback()') return;
      task['exception'] = String(task['traceback']).trimEnd().split('\n').at(-1);
    },
  ],
  [
    'a signal is text, because some are sentences',
    (task) => {
      if (typeof task['signum'] === 'number') task['signum'] = String(task['signum']);
    },
  ],
  [
    'NUL characters and lone surrogates are made visible',
    (task) => {
      for (const [field, value] of Object.entries(task)) {
        if (typeof value === 'string') task[field] = value.toWellFormed().replaceAll('\0', '␀');
      }
    },
  ],
  [
    'a client is no worker: its process id is not the worker’s',
    (task, event) => {
      if (event['type'] === 'task-sent') delete task['pid'];
    },
  ],
  [
    'before the first received or sent there were no retries',
    (task) => {
      task['retries'] ??= 0;
    },
  ],
  [
    'a description comes from what a worker received; from the newer task-sent of a retry only when that is received',
    (task) => {
      if (task['received'] === null || Number(task['sent']) < Number(task['received'])) return;
      for (const field of ['name', 'args', 'kwargs', 'eta', 'expires', 'root_id', 'parent_id'])
        delete task[field];
    },
  ],
  [
    'time, clock and process id are those of the newest event, also of a retry received while the old attempt runs',
    (task, event) => {
      task['timestamp'] = event['timestamp'];
      task['clock'] = event['clock'];
      if (event['type'] !== 'task-sent') task['pid'] = event['pid'];
    },
  ],
];

const RUN_STATE = `
import json, sys
from celery.events.state import State
FIELDS = json.loads(sys.argv[2])
answers = []
for stream in json.load(open(sys.argv[1], encoding="utf-8")):
    state = State()
    answers.append([])
    for event in stream:
        state.event(dict(event, local_received=event["timestamp"]))
        task = state.tasks[event["uuid"]]
        facts = {field: getattr(task, field, None) for field in FIELDS}
        facts["worker"] = task.worker.hostname if task.worker else None
        answers[-1].append(facts)
print(json.dumps(answers))
`;

/** What Celery says of the task of each event, after that event. */
async function askCelery(t: TestContext, streams: readonly (readonly RawEvent[])[]): Promise<CeleryTask[][]> {
  const path = join(tempFolder(t), 'streams.json');
  writeFileSync(path, JSON.stringify(streams));
  return JSON.parse(
    await python(t, RUN_STATE, { args: [path, JSON.stringify(Object.keys(FIELDS))] }),
  ) as CeleryTask[][];
}

function messageOf(body: unknown): Message {
  return {
    headers: {},
    properties: {},
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: Buffer.from(JSON.stringify(body)),
  };
}

function compare(stream: readonly RawEvent[], answers: readonly CeleryTask[]): void {
  const drafts = new Map<string, TaskDraft>();
  for (const [index, raw] of stream.entries()) {
    const [event] = decodeEvents(messageOf(raw)).events;
    assert.ok(event && 'uuid' in event, JSON.stringify(raw));
    const draft = drafts.get(event.uuid) ?? emptyTask(event.uuid);
    drafts.set(event.uuid, draft);
    mergeInto(draft, event);

    const expected: Record<string, unknown> = { ...answers[index] };
    for (const [, apply] of ON_PURPOSE) apply(expected, raw);
    const actual = Object.fromEntries(
      Object.keys(expected).map((field) => [field, draft[FIELDS[field as keyof typeof FIELDS]]]),
    );
    assert.deepEqual(
      actual,
      expected,
      `after event ${index} of ${JSON.stringify(stream.slice(0, index + 1))}`,
    );
  }
}

suite('Celery’s own state says the same after every event', () => {
  for (const name of CAPTURES) {
    test(`of ${name}`, async (t) => {
      const stream = capturedMessages(name)
        .flatMap((message): RawEvent[] => {
          const body = JSON.parse(Buffer.from(message.body).toString('utf8')) as RawEvent | RawEvent[];
          return Array.isArray(body) ? body : [body];
        })
        .filter((event) => String(event['type']).startsWith('task-'))
        .sort((a, b) => Number(a['timestamp']) - Number(b['timestamp']));
      assert.ok(stream.length > 40);
      const [answers] = await askCelery(t, [stream]);
      compare(stream, answers ?? []);
    });
  }

  test('of 400 made-up lives of tasks', async (t) => {
    const streams = fc.sample(life, 400);
    const answers = await askCelery(t, streams);
    for (const [index, stream] of streams.entries()) compare(stream, answers[index] ?? []);
  });
});

/** The events of one task as workers send them, in order: attempts that are retried, then an end, or none yet. */
const life: fc.Arbitrary<RawEvent[]> = fc
  .record({
    sent: fc.boolean(),
    attempts: fc.integer({ min: 1, max: 4 }),
    progress: fc.integer({ min: 0, max: 2 }),
    /** A redelivery: another worker receives and starts the same attempt again. */
    redelivered: fc.boolean(),
    end: fc.constantFrom('succeeded', 'failed', 'failed twice', 'revoked', 'rejected', 'none'),
    text: fc.string({ unit: 'grapheme', maxLength: 8 }),
    pauses: fc.infiniteStream(fc.double({ min: 0.000_1, max: 100, noNaN: true })),
  })
  .map(({ sent, attempts, progress, redelivered, end, text, pauses }) => {
    const events: RawEvent[] = [];
    let [timestamp, clock, worker] = [1_790_000_000, 0, 0];
    const add = (type: string, fields: object = {}): void => {
      timestamp += pauses.next().value;
      const hostname = type === 'task-sent' ? 'gen1@client' : `w${worker}@h`;
      events.push({
        type,
        uuid: 'life',
        hostname,
        pid: 100 + worker,
        timestamp,
        clock: ++clock,
        utcoffset: 0,
        ...fields,
      });
    };
    const describe = (retries: number): object => ({
      name: 'shop.life',
      args: `('${text}',)`,
      kwargs: '{}',
      retries,
      eta: retries > 0 ? '2026-11-25T10:00:00+00:00' : null,
      expires: null,
      root_id: 'life',
      parent_id: retries > 0 ? 'life' : null,
    });
    const error = { exception: `ValueError('${text}')`, traceback: `Traceback …\nValueError: ${text}\n` };
    const routing = { queue: 'celery', exchange: '', routing_key: 'celery' };

    if (sent) add('task-sent', { ...describe(0), ...routing });
    add('task-received', describe(0));
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (redelivered) {
        worker++;
        add('task-received', describe(attempt));
      }
      add('task-started');
      for (let step = 0; step < progress; step++) add('task-progress', { step });
      if (attempt + 1 < attempts) {
        add('task-received', describe(attempt + 1));
        add('task-retried', error);
      }
    }
    if (end === 'succeeded') add('task-succeeded', { result: `'${text}'`, runtime: 0.5 });
    if (end.startsWith('failed')) add('task-failed', error);
    if (end === 'failed twice') add('task-failed', error);
    if (end === 'revoked' && progress === 0)
      add('task-revoked', { terminated: true, signum: 15, expired: false });
    if (end === 'rejected') add('task-rejected', { requeue: true });
    return events;
  });
