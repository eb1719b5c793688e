import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CeleryError } from '../errors.ts';
import { decodeBody } from './body.ts';
import type { Message } from './message.ts';
import { formatEnvelope, parseEnvelope } from './redis-envelope.ts';
import { readTaskMessageCases } from './task-message.contract.ts';

const [first, second] = readTaskMessageCases();
const envelope = {
  body: 'WzFd',
  'content-encoding': 'utf-8',
  'content-type': 'application/json',
  headers: { task: 't' },
  properties: { body_encoding: 'base64', delivery_info: { exchange: 'x', routing_key: 'k' }, priority: 3 },
};
const parse = (changes: object): Message => parseEnvelope(JSON.stringify({ ...envelope, ...changes }));

test('an envelope of Celery 5.7.0 is read', () => {
  const message = parseEnvelope(second?.envelope ?? '');
  assert.equal(message.headers['task'], 'shop.echo');
  assert.equal(message.properties.correlationId, 'id-1');
  assert.equal(message.properties.deliveryMode, 2);
  assert.equal(message.properties.priority, 7);
  assert.equal(message.properties.exchange, '');
  assert.equal(message.properties.routingKey, 'fast');
  assert.equal(message.contentType, 'application/json');
  assert.equal(message.contentEncoding, 'utf-8');
  assert.equal((decodeBody(message) as unknown[]).length, 3);
});

test('an envelope is written with the keys and values that Celery 5.7.0 writes', () => {
  for (const { envelope: theirs } of [first, second].filter((one) => one !== undefined)) {
    const parsed = JSON.parse(theirs) as {
      properties: { delivery_tag: string; delivery_info: { exchange: string; routing_key: string } };
    };
    const { delivery_tag: deliveryTag, delivery_info: info } = parsed.properties;
    const ours = formatEnvelope(parseEnvelope(theirs), {
      deliveryTag,
      exchange: info.exchange,
      routingKey: info.routing_key,
    });
    assert.deepEqual(JSON.parse(ours), parsed);
  }
});

test('a message that is written and read again is the same', () => {
  const text = fc.option(fc.string(), { nil: undefined });
  const messages = fc.record({
    headers: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true }),
    properties: fc.record(
      {
        correlationId: text,
        replyTo: text,
        deliveryMode: fc.constantFrom(1 as const, 2 as const),
        priority: fc.nat(9),
        expiration: text,
        exchange: fc.string(),
        routingKey: fc.string(),
        redelivered: fc.constant(undefined),
      },
      { noNullPrototype: true },
    ),
    contentType: fc.string(),
    contentEncoding: fc.string(),
    body: fc.uint8Array(),
  });
  fc.assert(
    fc.property(messages, (message) => {
      const { exchange, routingKey } = message.properties;
      const again = parseEnvelope(formatEnvelope(message, { deliveryTag: 'tag', exchange, routingKey }));
      // The same values, as objects with a prototype: the generator makes some without.
      const headers = structuredClone(message.headers);
      assert.deepEqual({ ...again, body: new Uint8Array(again.body) }, { ...message, headers });
    }),
  );
});

test('a body is base64, or plain text when nothing or utf-8 is said', () => {
  const bodyOf = (body_encoding: unknown, body: string): string =>
    Buffer.from(parse({ body, properties: { body_encoding } }).body).toString();
  assert.equal(bodyOf('base64', 'WzFd'), '[1]');
  assert.equal(bodyOf('utf-8', '["é"]'), '["é"]');
  assert.equal(bodyOf(undefined, '[1]'), '[1]');
  assert.equal(bodyOf(null, '[1]'), '[1]');
});

test('the little that a controller may send is enough', () => {
  const message = parseEnvelope(
    '{"body":"{}","content-type":"application/json","headers":{},"properties":{}}',
  );
  assert.deepEqual(decodeBody(message), {});
  assert.equal(message.contentEncoding, 'utf-8');
});

test('what kombu takes for granted is taken for granted', () => {
  const message = parseEnvelope('{"body":"x","headers":null,"properties":{"delivery_info":null}}');
  assert.deepEqual(message.headers, {});
  assert.equal(message.contentType, 'application/data');
});

test('a restored message says so', () => {
  assert.equal(parse({ properties: { delivery_info: { redelivered: true } } }).properties.redelivered, true);
  assert.equal(parse({}).properties.redelivered, undefined);
});

test('a property of a wrong type is left out', () => {
  const properties = { priority: 'high', delivery_mode: 3, correlation_id: 5, reply_to: [], expiration: {} };
  const message = parse({ body: '', properties });
  assert.deepEqual(
    Object.values(message.properties).filter((value) => value !== undefined),
    [],
  );
});

test("headers may hold Python's number tokens", () => {
  assert.deepEqual(parseEnvelope('{"body":"","headers":{"n":NaN},"properties":{}}').headers, { n: 'NaN' });
});

for (const [what, text, reason] of [
  ['not JSON', 'hello', 'json'],
  ['nothing', '', 'json'],
  ['not an object', '[1]', 'envelope'],
  ['null', 'null', 'envelope'],
  ['without a body', '{"headers":{},"properties":{}}', 'body'],
  ['with a body that is no text', '{"body":{},"properties":{}}', 'body'],
  ['without properties', '{"body":"","headers":{}}', 'properties'],
  ['with a list of headers', '{"body":"","headers":[],"properties":{}}', 'headers'],
  ['with text for headers', '{"body":"","headers":"x","properties":{}}', 'headers'],
  ['with delivery_info that is no object', '{"body":"","properties":{"delivery_info":1}}', 'delivery_info'],
  ['with a content type that is no text', '{"body":"","properties":{},"content-type":7}', 'content-type'],
  [
    'with an encoding that is no text',
    '{"body":"","properties":{},"content-encoding":{}}',
    'content-encoding',
  ],
  ['with an unknown body encoding', '{"body":"","properties":{"body_encoding":"rot13"}}', 'body_encoding'],
  [
    'with headers nested deep',
    `{"body":"","properties":{},"headers":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    'nesting',
  ],
] as const) {
  test(`an envelope ${what} is undecodable`, () => {
    assert.throws(
      () => parseEnvelope(text),
      (error) =>
        error instanceof CeleryError && error.code === 'undecodable' && error.params['reason'] === reason,
    );
  });
}

test('__proto__ is an ordinary header', () => {
  const { headers } = parseEnvelope('{"body":"","properties":{},"headers":{"__proto__":{"polluted":1}}}');
  assert.deepEqual(Object.keys(headers), ['__proto__']);
  assert.equal(headers['polluted'], undefined);
});

test('whatever arrives, it is a message or a CeleryError', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          body: fc.jsonValue(),
          headers: fc.jsonValue(),
          properties: fc.oneof(
            fc.jsonValue(),
            fc.dictionary(fc.constantFrom('body_encoding', 'delivery_info'), fc.jsonValue()),
          ),
          'content-type': fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        parseEnvelope(text);
      } catch (error) {
        assert.ok(error instanceof CeleryError && error.code === 'undecodable', String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
