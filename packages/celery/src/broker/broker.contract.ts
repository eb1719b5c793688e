// What every Broker must do, proven against a real server and a real Celery worker. Implementations call `testBroker`
// from their own `.it.ts`, which also holds what only one transport has (keys, flags, TLS …).
// One server and one worker serve all tests here; network failures are made by a proxy of the test's own.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after as afterAll, before as beforeAll, describe, test, type TestContext } from 'node:test';
import { type CeleryWorker, python, startWorker, type TestScope, until } from '@umbel/testkit';
import { decodeBody } from '../message/body.ts';
import type { Message } from '../message/message.ts';
import type { Broker } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import { testBrokerFailures } from './broker-failures.contract.ts';
import {
  collectEvents,
  controlMessage,
  delivering,
  isError,
  ping,
  succeeded,
  taskMessage,
} from './broker-probes.contract.ts';

export {
  collectEvents,
  controlMessage,
  isError,
  ping,
  type RawEvent,
  succeeded,
  taskMessage,
} from './broker-probes.contract.ts';

export interface BrokerSetup {
  /** URL of an empty broker that belongs to this suite, for Umbel and Celery alike. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Names of everything that exists on the broker now (keys, or queues): to see what is left behind. */
  leftovers(): Promise<string[]>;
}

export interface BrokerContract {
  open(options: BrokerOptions): Promise<Broker>;
  setUp(scope: TestScope): Promise<BrokerSetup>;
  /** The reason when something that the suite needs is missing. */
  skip: string | false;
}

/** Long enough for a loaded machine; every wait ends as soon as what it waits for is there. */
const TEST = { timeout: 60_000 };

/** Registers the suite. */
export function testBroker(name: string, contract: BrokerContract): void {
  describe(`${name}: what every broker does`, { skip: contract.skip }, () => {
    let setup: BrokerSetup;
    let worker: CeleryWorker;
    // What lives as long as the suite; ended in the reverse order, the worker before its broker.
    const cleanUps: (() => void | Promise<void>)[] = [];
    const scope: TestScope = { after: (cleanUp) => void cleanUps.unshift(cleanUp) };
    beforeAll(
      async () => {
        setup = await contract.setUp(scope);
        worker = await startWorker(scope, { brokerUrl: setup.url, queues: ['celery', 'orders'] });
      },
      { timeout: 180_000 },
    );
    afterAll(async () => {
      for (const cleanUp of cleanUps) await cleanUp();
    });

    const open = async (t: TestContext, options: Partial<BrokerOptions> = {}): Promise<Broker> => {
      const broker = await contract.open({ url: setup.url, ...options });
      t.after(() => broker.close());
      return broker;
    };
    test('events of a real worker arrive', TEST, async (t) => {
      const events = await collectEvents(await open(t));
      await until(() => events.some((e) => e.type === 'worker-heartbeat' && e.hostname === worker.hostname), {
        what: 'a heartbeat of the worker',
      });
    });

    test(
      'a queue that a worker could consume from is let through, and nothing is made of it',
      TEST,
      async (t) => {
        const broker = await open(t);
        const before = (await setup.leftovers()).sort();
        await broker.requireConsumable({ queue: 'orders' });
        await broker.requireConsumable({ queue: 'orders', exchange: 'orders', exchangeType: 'direct' });
        await broker.requireConsumable({ queue: 'to-come' });
        await broker.requireConsumable({ queue: 'to-come', exchange: 'to-come-too', exchangeType: 'topic' });
        assert.deepEqual((await setup.leftovers()).sort(), before);
      },
    );

    test('a compressed body arrives as it was sent and says how it is compressed', TEST, async (t) => {
      const broker = await open(t);
      const messages: Message[] = [];
      await broker.consumeEvents((message) => messages.push(message));
      await delivering(broker, messages);
      for (const compression of ['zlib', 'bzip2']) {
        await python(t, PUBLISH_COMPRESSED_EVENT, {
          env: { BROKER_URL: setup.url, COMPRESSION: compression },
        });
      }
      const compressed = await until(
        () => {
          const found = messages.filter((m) => typeof m.headers['compression'] === 'string');
          return found.length >= 2 && found;
        },
        { what: 'both compressed events' },
      );
      for (const message of compressed) {
        assert.deepEqual(decodeBody(message), { type: 'task-custom', uuid: 'u1', text: 'ä'.repeat(500) });
      }
    });

    test('a paused subscription delivers nothing until it is resumed', TEST, async (t) => {
      const broker = await open(t);
      const messages: Message[] = [];
      const subscription = await broker.consumeEvents((message) => messages.push(message));
      await delivering(broker, messages);
      subscription.pause();
      await ping(broker, [worker.hostname]); // a round trip: what was under way has arrived
      const count = messages.length;
      // The worker's heartbeat comes every two seconds; another subscriber sees it while this one is held back.
      const other = await collectEvents(broker);
      await until(() => other.filter((e) => e.type === 'worker-heartbeat').length >= 2, {
        what: 'heartbeats',
      });
      assert.ok(messages.length - count <= 1, `${messages.length - count} events came while paused`);
      subscription.resume();
      await until(() => messages.length > count + 1, { what: 'events after resume' });
    });

    test('a closed subscription is silent, and closing it again is no error', TEST, async (t) => {
      const broker = await open(t);
      const messages: Message[] = [];
      const subscription = await broker.consumeEvents((message) => messages.push(message));
      await delivering(broker, messages);
      await subscription.close();
      await subscription.close();
      const count = messages.length;
      const other = await collectEvents(broker);
      await until(() => other.length > 0, { what: 'an event at another subscription' });
      assert.equal(messages.length, count);
    });

    test('a real worker answers a ping into the reply queue', TEST, async (t) => {
      const reply = await ping(await open(t), [worker.hostname]);
      assert.deepEqual(reply.value, { [worker.hostname]: { ok: 'pong' } });
      assert.equal(reply.message.headers['ticket'], reply.ticket);
    });

    test('a real worker executes a published task', TEST, async (t) => {
      const broker = await open(t);
      const events = await collectEvents(broker);
      const task = taskMessage('shop.add', [2, 3]);
      await broker.publish({ queue: 'celery' }, task.message);
      const event = await until(() => succeeded(events, task.id), { what: 'the task to succeed' });
      assert.equal(event['result'], '5');
    });

    test('an empty exchange is none: the task goes straight to its queue', TEST, async (t) => {
      const broker = await open(t);
      const events = await collectEvents(broker);
      const task = taskMessage('shop.add', [4, 5]);
      await broker.publish({ queue: 'celery', exchange: '', routingKey: 'nowhere' }, task.message);
      await until(() => succeeded(events, task.id), { what: 'the task to succeed' });
    });

    test('a task with a priority is executed too', TEST, async (t) => {
      const broker = await open(t);
      const events = await collectEvents(broker);
      const task = taskMessage('shop.add', [3, 4], { priority: 7 });
      await broker.publish({ queue: 'orders' }, task.message);
      await until(() => succeeded(events, task.id), { what: 'the task to succeed' });
    });

    test(
      'a queue that nobody knows yet is declared so that a worker can consume it later',
      TEST,
      async (t) => {
        const broker = await open(t);
        const events = await collectEvents(broker);
        const queue = `new-${randomUUID()}`;
        const task = taskMessage('shop.add', [20, 22]);
        await broker.publish({ queue }, task.message);
        assert.deepEqual(await broker.queueLengths([queue]), new Map([[queue, 1]]));
        await broker.broadcast(
          controlMessage({ method: 'add_consumer', arguments: { queue }, destination: [worker.hostname] }),
        );
        await until(() => succeeded(events, task.id), { what: 'the task to succeed' });
        assert.deepEqual(await broker.queueLengths([queue]), new Map([[queue, 0]]));
        await broker.broadcast(
          controlMessage({ method: 'cancel_consumer', arguments: { queue }, destination: [worker.hostname] }),
        );
      },
    );

    test('queue lengths count every waiting message of every priority', TEST, async (t) => {
      const broker = await open(t);
      const [full, other] = [`full-${randomUUID()}`, `other-${randomUUID()}`];
      for (const priority of [undefined, 0, 3, 9]) {
        await broker.publish({ queue: full }, taskMessage('shop.add', [1, 1], { priority }).message);
      }
      await broker.publish({ queue: other }, taskMessage('shop.add', [1, 1]).message);
      const lengths = await broker.queueLengths([full, other]);
      assert.deepEqual([lengths.get(full), lengths.get(other)], [4, 1]);
      assert.deepEqual(await broker.queueLengths([]), new Map());
    });

    test('a queue that does not exist has no length', TEST, async (t) => {
      const broker = await open(t);
      const lengths = await broker.queueLengths(['no-such-queue', 'celery']);
      assert.equal(lengths.get('no-such-queue') ?? 0, 0);
      assert.equal(lengths.get('celery'), 0);
    });

    test('a named exchange routes by its own bindings', TEST, async (t) => {
      await python(t, DECLARE_EXCHANGES, { env: { BROKER_URL: setup.url } });
      const broker = await open(t);
      const send = (exchange: string, routingKey: string): Promise<void> =>
        broker.publish({ queue: 'celery', exchange, routingKey }, taskMessage('shop.add', [1, 1]).message);
      await send('shop.direct', 'parcel.big');
      await send('shop.topic', 'letter.home.fast');
      await send('shop.topic', 'letter.abroad');
      const queues = ['parcels', 'letters', 'fast'];
      const lengths = await until(
        async () => {
          const now = await broker.queueLengths(queues);
          return [...now.values()].reduce((a, b) => a + b, 0) >= 4 && now;
        },
        { what: 'the messages in their queues' },
      );
      assert.deepEqual(
        queues.map((queue) => lengths.get(queue)),
        [1, 2, 1],
      );
    });

    test('an exchange that does not exist is a bad argument', TEST, async (t) => {
      const broker = await open(t);
      const { message } = taskMessage('shop.add', [1, 1]);
      await assert.rejects(
        broker.publish({ queue: 'celery', exchange: 'no-such-exchange', routingKey: 'x' }, message),
        isError('bad_argument'),
      );
      await broker.queueLengths(['celery']); // and the connection has survived it
    });

    test('only task queues are listed', TEST, async (t) => {
      const broker = await open(t);
      await broker.openReplyQueue(() => undefined);
      await ping(broker, [worker.hostname]);
      const queues = await broker.listQueues();
      if (broker.transport === 'amqp') assert.deepEqual(queues, []);
      else assert.ok(queues.includes('celery') && queues.includes('orders'), queues.join());
      assert.deepEqual(
        queues.filter((queue) => /pidbox|celeryev/.test(queue)),
        [],
      );
    });

    testBrokerFailures({ open, broker: () => setup, workerName: () => worker.hostname });

    test('close is final, may be repeated, and leaves nothing behind', TEST, async (t) => {
      const held = new Set(await setup.leftovers());
      const broker = await open(t);
      const events = await collectEvents(broker);
      await ping(broker, [worker.hostname]);
      await broker.openReplyQueue(() => undefined);
      await until(() => events.length > 0, { what: 'an event' });
      await Promise.all([broker.close(), broker.close()]);
      await broker.close();
      await until(async () => (await setup.leftovers()).every((item) => held.has(item)), {
        what: 'the broker to hold what it held before',
      });
      await assert.rejects(
        broker.publish({ queue: 'celery' }, taskMessage('shop.add', [1, 1]).message),
        isError('closed'),
      );
      await assert.rejects(
        broker.consumeEvents(() => undefined),
        isError('closed'),
      );
    });
  });
}

const PUBLISH_COMPRESSED_EVENT = `
import os
from celery import Celery
app = Celery(broker=os.environ["BROKER_URL"])
from celery.events import get_exchange
with app.connection_for_write() as connection:
    exchange = get_exchange(connection, name="celeryev")
    connection.Producer(serializer="json").publish(
        {"type": "task-custom", "uuid": "u1", "text": "\\u00e4" * 500}, exchange=exchange, routing_key="task.custom",
        compression=os.environ["COMPRESSION"], declare=[exchange])
`;

const DECLARE_EXCHANGES = `
import os
from kombu import Connection, Exchange, Queue
direct, topic = Exchange("shop.direct", "direct"), Exchange("shop.topic", "topic")
with Connection(os.environ["BROKER_URL"]) as connection:
    for queue in (Queue("parcels", direct, "parcel.big"), Queue("letters", topic, "letter.#"), Queue("fast", topic, "#.fast")):
        queue(connection.channel()).declare()
`;
