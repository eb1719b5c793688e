import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { CAPTURES, capturedMessages } from '../../test/captured-events.ts';
import type { Message } from '../message/message.ts';
import type { CeleryEvent, TaskEvent, WorkerEvent } from './celery-event.ts';
import { type DecodeOptions, decodeEvents } from './decode-events.ts';

function messageOf(body: string | Uint8Array, fields: Partial<Message> = {}): Message {
  return {
    headers: {},
    properties: {},
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: typeof body === 'string' ? Buffer.from(body) : body,
    ...fields,
  };
}

const SENDER = { hostname: 'w@h', timestamp: 1_790_000_000.25, clock: 5, pid: 7, utcoffset: 0 };
const STARTED = { ...SENDER, type: 'task-started', uuid: 'a' };

/** Decodes values that must all be good. */
function decode(body: unknown, options?: DecodeOptions): CeleryEvent[] {
  const { events, dropped } = decodeEvents(messageOf(JSON.stringify(body)), options);
  assert.deepEqual(dropped, []);
  return events;
}

function reasons(message: Message): string[] {
  return decodeEvents(message).dropped.map(({ reason }) => reason);
}

suite('what real workers sent', () => {
  for (const name of CAPTURES) {
    test(`${name}: every event is understood`, () => {
      const events: CeleryEvent[] = [];
      for (const message of capturedMessages(name)) {
        const decoded = decodeEvents(message);
        assert.deepEqual(decoded.dropped, []);
        events.push(...decoded.events);
      }
      const types = new Set(events.map((event) => event.type));
      for (const type of [
        'task-sent',
        'task-received',
        'task-started',
        'task-succeeded',
        'task-failed',
        'task-retried',
        'task-revoked',
        'task-custom',
        'worker-online',
        'worker-heartbeat',
        'worker-offline',
      ] as const) {
        assert.ok(types.has(type), `${type} among ${[...types].join(' ')}`);
      }

      const of = <T extends TaskEvent['type']>(type: T, uuid: string): Extract<TaskEvent, { type: T }> => {
        const found = events.find((event) => event.type === type && 'uuid' in event && event.uuid === uuid);
        assert.ok(found, `${type} of ${uuid}`);
        return found as Extract<TaskEvent, { type: T }>;
      };
      const texts = of('task-received', 'texts');
      assert.equal(texts.name, 'shop.echo');
      assert.match(texts.args ?? '', /^\('Zoë 🌱', /);
      assert.match(texts.kwargs ?? '', /two\nlines/);
      assert.equal(texts.hostname, 'fixture@worker');
      assert.equal(of('task-succeeded', 'add').result, '5');
      assert.equal(typeof of('task-succeeded', 'add').runtime, 'number');
      assert.match(of('task-failed', 'fail').traceback ?? '', /ValueError: broken\n$/);
      assert.equal(of('task-revoked', 'expired').expired, true);
      assert.deepEqual(
        [of('task-revoked', 'terminated').terminated, of('task-revoked', 'terminated').signum],
        [true, '15'],
      );
      assert.equal(of('task-custom', 'progress').state, 'PROGRESS');
      assert.equal(of('task-sent', 'add').queue, 'celery');
      assert.equal(of('task-sent', 'add').routingKey, 'celery');
      assert.equal(of('task-received', 'chain-2').parentId, 'chain-1');
      assert.ok(!(of('task-succeeded', 'odd-characters').result ?? '').includes('\0'));

      const beats = events.filter((event): event is WorkerEvent => event.type === 'worker-heartbeat');
      assert.ok(
        beats.some((beat) => beat.freq === 2 && beat.processed !== undefined && beat.loadavg?.length === 3),
      );
      assert.ok(beats.some((beat) => beat.freq === 5 && beat.processed === undefined));
    });
  }

  test('was captured from two versions on two brokers', () => {
    assert.deepEqual(
      CAPTURES.map((name) => name.replace(/^celery-(\d+\.\d+)\.\d+-/, '$1 ')),
      ['5.2 rabbitmq', '5.2 redis', '5.7 rabbitmq', '5.7 redis'],
    );
  });
});

suite('the body of a message', () => {
  test('is one event, or an array of any length', () => {
    assert.equal(decode(STARTED).length, 1);
    assert.deepEqual(decode([]), []);
    assert.deepEqual(
      decode([STARTED, { ...STARTED, uuid: 'b' }]).map((event) => 'uuid' in event && event.uuid),
      ['a', 'b'],
    );
    assert.equal(decode(Array.from({ length: 5_000 }, () => STARTED)).length, 5_000);
  });

  test('may be compressed', () => {
    const json = Buffer.from(JSON.stringify([STARTED]));
    const zlib = messageOf(deflateSync(json), { headers: { compression: 'application/x-gzip' } });
    const zstd = messageOf(zstdCompressSync(json), { headers: { compression: 'application/zstd' } });
    assert.equal(decodeEvents(zlib).events.length, 1);
    assert.equal(decodeEvents(zstd).events.length, 1);
  });

  test('may hold what Python calls JSON', () => {
    const { events } = decodeEvents(
      messageOf(
        '{"type":"task-succeeded","hostname":"w@h","timestamp":1790000000.0,"clock":1,"uuid":"a","runtime":NaN,"result":"nan"}',
      ),
    );
    assert.deepEqual(events, [
      {
        type: 'task-succeeded',
        hostname: 'w@h',
        timestamp: 1_790_000_000,
        clock: 1,
        pid: undefined,
        uuid: 'a',
        result: 'nan',
        runtime: null,
      },
    ]);
  });

  test('is dropped with a reason when it cannot be read', () => {
    assert.deepEqual(reasons(messageOf('{"type": ')), ['not_json']);
    assert.deepEqual(reasons(messageOf('')), ['not_json']);
    assert.deepEqual(reasons(messageOf(Uint8Array.of(0x22, 0xff, 0x22))), ['not_json']);
    assert.deepEqual(reasons(messageOf('x', { headers: { compression: 'application/x-gzip' } })), [
      'not_json',
    ]);
    assert.deepEqual(reasons(messageOf('x', { headers: { compression: 'application/x-rar' } })), [
      'unsupported_compression',
    ]);
    for (const contentType of [
      'application/x-python-serialize',
      'application/x-yaml',
      'application/data',
      '',
    ]) {
      assert.deepEqual(reasons(messageOf('x', { contentType })), ['unsupported_content_type']);
    }
    const large = messageOf(JSON.stringify([STARTED]));
    assert.deepEqual(
      decodeEvents(large, { maxBytes: 10 }).dropped.map(({ reason }) => reason),
      ['too_large'],
    );
  });
});

suite('an event that is not one', () => {
  const cases: readonly (readonly [what: string, event: unknown, reason: string | null])[] = [
    ['null', null, 'not_event'],
    ['a number', 7, 'not_event'],
    ['an array in the array', [[STARTED]], 'not_event'],
    ['an object without a type', { ...STARTED, type: undefined }, 'not_event'],
    ['a type that is no text', { ...STARTED, type: 3 }, 'not_event'],
    ['a task event without an action', { ...STARTED, type: 'task-' }, 'not_event'],
    ['a custom event that claims to be a SUCCESS', { ...STARTED, type: 'task-success' }, 'not_event'],
    ['no hostname', { ...STARTED, hostname: undefined }, 'missing_hostname'],
    ['an endless hostname', { ...STARTED, hostname: 'x'.repeat(256) }, 'missing_hostname'],
    ['no uuid', { ...STARTED, uuid: null }, 'missing_uuid'],
    ['an empty uuid', { ...STARTED, uuid: '' }, 'missing_uuid'],
    ['a uuid that is no text', { ...STARTED, uuid: { hex: '0' } }, 'missing_uuid'],
    ['an endless uuid', { ...STARTED, uuid: 'x'.repeat(256) }, 'missing_uuid'],
    ['no timestamp', { ...STARTED, timestamp: undefined }, 'bad_timestamp'],
    ['a timestamp that is text', { ...STARTED, timestamp: '1790000000' }, 'bad_timestamp'],
    ['a timestamp before all tasks', { ...STARTED, timestamp: -1 }, 'bad_timestamp'],
    ['a timestamp in milliseconds', { ...STARTED, timestamp: 1_790_000_000_000 }, 'bad_timestamp'],
    [
      'a worker event without a hostname',
      { ...SENDER, type: 'worker-online', hostname: 1 },
      'missing_hostname',
    ],
    ['an election, which is none of our business', { ...SENDER, type: 'worker-elect', id: 1 }, null],
    ['an event of another group', { type: 'weather-changed' }, null],
  ];
  for (const [what, event, reason] of cases) {
    test(`${what}: ${reason ?? 'passed over in silence'}`, () => {
      const { events, dropped } = decodeEvents(messageOf(JSON.stringify([STARTED, event, STARTED])));
      assert.equal(events.length, 2, 'its neighbours are not hurt');
      assert.deepEqual(
        dropped.map((one) => one.reason),
        reason === null ? [] : [reason],
      );
    });
  }

  test('is described in a few words, whatever it holds', () => {
    const { dropped } = decodeEvents(
      messageOf(JSON.stringify({ type: 'task-started', hostname: 'w@h', timestamp: 'x'.repeat(9_999) })),
    );
    assert.match(dropped[0]?.detail ?? '', /^task-started w@h x/);
    assert.ok((dropped[0]?.detail.length ?? 999) <= 250);
  });
});

suite('fields', () => {
  test('a timestamp is absolute: utcoffset does not shift it', () => {
    for (const utcoffset of [0, -2, 5, -5.5, 'x', null]) {
      assert.equal(decode({ ...STARTED, utcoffset })[0]?.timestamp, SENDER.timestamp);
    }
  });

  test('a clock or process id that is none becomes 0 and absent', () => {
    const [event] = decode({ ...STARTED, clock: null, pid: 'x' });
    assert.deepEqual([event?.clock, event?.pid], [0, undefined]);
    assert.equal(decode({ ...STARTED, clock: 2 ** 40 })[0]?.clock, 2 ** 40);
  });

  test('texts of other types become JSON text', () => {
    const [event] = decode({ ...STARTED, type: 'task-received', args: [1, 'x'], kwargs: { a: 1 }, eta: 3 });
    assert.ok(event?.type === 'task-received');
    assert.deepEqual([event.args, event.kwargs, event.eta, event.retries], ['[1,"x"]', '{"a":1}', '3', 0]);
  });

  test('a long text is cut, and says so', () => {
    const [event] = decode(
      { ...STARTED, type: 'task-failed', exception: 'x'.repeat(70_000), traceback: 'y' },
      { maxTextBytes: 100 },
    );
    assert.ok(event?.type === 'task-failed');
    assert.equal(event.exception, `${'x'.repeat(100)}... [cut, 70000 bytes]`);
    assert.equal(event.traceback, 'y');
    const [byDefault] = decode({ ...STARTED, type: 'task-failed', exception: 'x'.repeat(70_000) });
    assert.ok(byDefault?.type === 'task-failed');
    assert.equal(byDefault.exception?.length, 64_000 + '... [cut, 70000 bytes]'.length);
  });

  test('the bound counts bytes, and no character is cut in two', () => {
    const cutAt = (maxTextBytes: number) => {
      const [event] = decode({ ...STARTED, type: 'task-received', args: "('äöü🌱',)" }, { maxTextBytes });
      assert.ok(event?.type === 'task-received');
      return event.args;
    };
    assert.equal(cutAt(15), "('äöü🌱',)");
    for (const [maxBytes, kept] of [
      [14, "('äöü🌱',"],
      [11, "('äöü"],
      [8, "('äöü"],
      [7, "('äö"],
      [0, ''],
    ] as const) {
      assert.equal(cutAt(maxBytes), `${kept}... [cut, 15 bytes]`);
    }
  });

  test('no NUL character and no half of a surrogate pair comes through', () => {
    const [event] = decode(
      { ...STARTED, type: 'task-failed', uuid: 'a\0b', exception: 'a\0b\ud800c🌱', traceback: 'x🌱' },
      { maxTextBytes: 13 },
    );
    assert.ok(event?.type === 'task-failed');
    assert.deepEqual([event.uuid, event.exception, event.traceback], ['a␀b', 'a␀b\ufffdc🌱', 'x🌱']);
    const [cut] = decode({ ...STARTED, type: 'task-failed', exception: 'x🌱' }, { maxTextBytes: 4 });
    assert.ok(cut?.type === 'task-failed');
    assert.equal(cut.exception, 'x... [cut, 5 bytes]');
  });
});

test('whatever the bytes are, nothing is thrown and every event is whole', () => {
  const key = fc.constantFrom(
    'type',
    'hostname',
    'uuid',
    'timestamp',
    'clock',
    'args',
    'loadavg',
    '__proto__',
    'x',
  );
  const value = fc.oneof(
    fc.constantFrom('task-received', 'task-failed', 'worker-heartbeat', 'task-sent', 'w@h', 1_790_000_000),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const almostEvent = fc
    .tuple(fc.constant(STARTED), fc.dictionary(key, value, { maxKeys: 4 }))
    .map(([event, changes]) => ({ ...event, ...changes }));
  const body = fc.oneof(
    fc.array(almostEvent, { maxLength: 4 }).map((events) => Buffer.from(JSON.stringify(events))),
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map((json) => Buffer.from(json)),
  );
  fc.assert(
    fc.property(body, (bytes) => {
      for (const event of decodeEvents(messageOf(bytes)).events) {
        assert.ok(Number.isFinite(event.timestamp) && Number.isSafeInteger(event.clock));
        assert.ok(event.hostname.length > 0);
        for (const [field, content] of Object.entries(event)) {
          if (typeof content === 'string')
            assert.ok(content.isWellFormed() && !content.includes('\0'), field);
        }
        if ('uuid' in event) assert.ok(event.uuid.length > 0);
      }
    }),
    { numRuns: 3_000 },
  );
});
