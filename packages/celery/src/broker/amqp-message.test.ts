import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumeMessage } from 'amqplib';
import { CeleryError } from '../errors.ts';
import type { Message, MessageProperties } from '../message/message.ts';
import { decodeAmqpMessage, encodeAmqpMessage } from './amqp-message.ts';

const BODY = Buffer.from('[[1, 2], {}, null]');

function message(headers: Record<string, unknown>, properties: Partial<MessageProperties> = {}): Message {
  return { headers, properties, contentType: 'application/json', contentEncoding: 'utf-8', body: BODY };
}

function delivery(properties: Record<string, unknown>): ConsumeMessage {
  const fields = { deliveryTag: 1, redelivered: false, exchange: 'x', routingKey: 'k', consumerTag: 'c' };
  return { content: BODY, fields, properties: properties as unknown as ConsumeMessage['properties'] };
}

function refusedField(create: () => unknown): unknown {
  try {
    create();
  } catch (error) {
    assert.ok(error instanceof CeleryError && error.code === 'bad_argument', String(error));
    return error.params['field'];
  }
  return null;
}

test('integers are written with 32 or 64 bits, because py-amqp before 5.4 cannot read shorter ones', () => {
  const { options } = encodeAmqpMessage(
    message({ retries: 0, timelimit: [300, 240], clock: 40_000, big: 2 ** 40, exact: 2n ** 60n, below: -1 }),
  );
  assert.deepEqual(options.headers, {
    retries: { '!': 'int32', value: 0 },
    timelimit: [
      { '!': 'int32', value: 300 },
      { '!': 'int32', value: 240 },
    ],
    clock: { '!': 'int32', value: 40_000 },
    big: { '!': 'int64', value: 2n ** 40n },
    exact: { '!': 'int64', value: 2n ** 60n },
    below: { '!': 'int32', value: -1 },
  });
});

test('exact numbers of the JSON dialect keep their digits and their kind', () => {
  const { options } = encodeAmqpMessage(
    message({ int: JSON.rawJSON('9007199254740993'), float: JSON.rawJSON('1.0') }),
  );
  assert.deepEqual(options.headers, {
    int: { '!': 'int64', value: 9007199254740993n },
    float: { '!': 'float64', value: 1 },
  });
});

test('texts, booleans, null, bytes and nested tables are sent as they are; undefined is left out', () => {
  const headers = { text: 'ä', yes: true, none: null, bytes: new Uint8Array([255]), absent: undefined };
  const { options } = encodeAmqpMessage(message({ ...headers, stamps: { a: ['x', null], b: {} } }));
  assert.deepEqual(options.headers, {
    text: 'ä',
    yes: true,
    none: null,
    bytes: Buffer.from([255]),
    stamps: { a: ['x', null], b: {} },
  });
});

test('what a header cannot carry is a bad argument that names the header', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  const refused: [Record<string, unknown>, string][] = [
    [{ a: { b: Number.NaN } }, 'headers.a.b'],
    [{ a: -Infinity }, 'headers.a'],
    [{ a: JSON.rawJSON('1e400') }, 'headers.a'],
    [{ a: 2n ** 63n }, 'headers.a'],
    [{ a: () => 1 }, 'headers.a'],
    [{ a: { '!': 'int8', value: 'x' } }, 'headers.a.!'],
    [{ ['a'.repeat(256)]: 1 }, 'headers'],
    [{ a: nested(200) }, 'headers.a'],
  ];
  for (const [headers, field] of refused) {
    assert.equal(
      refusedField(() => encodeAmqpMessage(message(headers))),
      field,
    );
  }
});

test('properties are checked, since a wrong one would cost the channel', () => {
  const field = (properties: Partial<MessageProperties>): unknown =>
    refusedField(() => encodeAmqpMessage(message({}, properties)));
  assert.equal(field({ expiration: '1.5' }), 'expiration');
  assert.equal(field({ priority: 256 }), 'priority');
  assert.equal(field({ priority: -1 }), 'priority');
  assert.equal(field({ correlationId: 'ä'.repeat(128) }), 'correlation_id');
  assert.equal(field({ replyTo: 'r'.repeat(256) }), 'reply_to');
  assert.equal(field({ expiration: '0', priority: 255, correlationId: 'c'.repeat(255) }), null);
});

test('an expiration that RabbitMQ cannot count is left to the worker', () => {
  const sent = (expiration: string): unknown =>
    encodeAmqpMessage(message({}, { expiration })).options.expiration;
  assert.equal(sent('4294967295'), '4294967295');
  assert.equal(sent('4294967296'), undefined);
});

test('bytes, content type and encoding are sent exactly, and messages are persistent unless they say otherwise', () => {
  const sent = encodeAmqpMessage(message({}));
  assert.deepEqual(sent.content, BODY);
  assert.equal(sent.options.contentType, 'application/json');
  assert.equal(sent.options.contentEncoding, 'utf-8');
  assert.equal(sent.options.deliveryMode, 2);
  assert.equal(encodeAmqpMessage(message({}, { deliveryMode: 1 })).options.deliveryMode, 1);
});

test("AMQP's own types are read as kombu's JSON writes them", () => {
  const headers = {
    when: { '!': 'timestamp', value: 1_767_312_000 },
    never: { '!': 'timestamp', value: 1e300 },
    price: { '!': 'decimal', value: { places: 2, digits: 5 } },
    count: { '!': 'decimal', value: { places: 0, digits: 7 } },
    text: Buffer.from('grün'),
    bytes: Buffer.from([255, 0]),
    deep: [{ list: [null, true, 1.5, Buffer.from('x')] }],
  };
  assert.deepEqual(decodeAmqpMessage(delivery({ headers })).headers, {
    when: '2026-01-02T00:00:00+00:00',
    never: '1e+300',
    price: '0.05',
    count: '7',
    text: 'grün',
    bytes: '/wA=',
    deep: [{ list: [null, true, 1.5, 'x'] }],
  });
});

test('a message without properties, or with foreign ones, is read with the defaults of kombu', () => {
  for (const properties of [
    {},
    { headers: undefined, deliveryMode: 7, priority: 'high', correlationId: 5 },
  ]) {
    assert.deepEqual(decodeAmqpMessage(delivery(properties)), {
      headers: {},
      properties: {
        correlationId: undefined,
        replyTo: undefined,
        deliveryMode: undefined,
        priority: undefined,
        expiration: undefined,
        exchange: 'x',
        routingKey: 'k',
        redelivered: undefined,
      },
      contentType: 'application/data',
      contentEncoding: 'utf-8',
      body: BODY,
    });
  }
});

test('a header named __proto__ is an ordinary header', () => {
  const headers = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
  assert.equal(Object.hasOwn(decodeAmqpMessage(delivery({ headers })).headers, '__proto__'), true);
  assert.equal(
    Object.hasOwn(encodeAmqpMessage(message(headers)).options.headers as object, '__proto__'),
    true,
  );
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});
