// What every Broker must do when its connection is cut, frozen, slow, or not there yet. Part of broker.contract.ts.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startProxy, type TcpProxy, until } from '@umbel/testkit';
import type { Broker, ConnectionState } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import {
  collectEvents,
  collectEventsLater,
  controlMessage,
  isError,
  openMailbox,
  ping,
  succeeded,
  taskMessage,
} from './broker-probes.contract.ts';

export interface BrokerFailureSetup {
  readonly open: (t: TestContext, options: Partial<BrokerOptions>) => Promise<Broker>;
  /** Known when the tests run, not before. */
  readonly broker: () => { readonly url: string; readonly host: string; readonly port: number };
  /** Name of a worker that runs. */
  readonly workerName: () => string;
}

const TEST = { timeout: 60_000 };
/** A dead connection must be noticed and shown within 15 s; the rest is allowance for a loaded machine. */
const NOTICE_MS = 25_000;

/** Registers the tests, within the suite of the contract. */
export function testBrokerFailures({ open, broker: server, workerName }: BrokerFailureSetup): void {
  const openThroughProxy = async (
    t: TestContext,
    options: Partial<BrokerOptions> = {},
  ): Promise<{ proxy: TcpProxy; open: () => Promise<Broker> }> => {
    const proxy = await startProxy(t, server());
    const url = proxy.url(server().url);
    return { proxy, open: () => open(t, { url, commandTimeoutMs: 1_000, ...options }) };
  };

  test('a cut connection is shown, comes back, and with it all subscriptions', TEST, async (t) => {
    const { proxy, open: openBroker } = await openThroughProxy(t);
    const broker = await openBroker();
    const states: ConnectionState[] = [];
    broker.onConnection((state) => states.push(state));
    const events = await collectEvents(broker);
    await until(() => events.length > 0, { what: 'an event' });
    const mailbox = await openMailbox(broker);
    await mailbox.ping([workerName()]);
    await proxy.cut();
    const state = await until(() => broker.connection.state === 'disconnected' && broker.connection, {
      what: 'the broker to be shown as disconnected',
    });
    assert.ok(state.state === 'disconnected' && state.error.length > 0);
    const { message } = taskMessage('shop.add', [1, 1]);
    await assert.rejects(broker.publish({ queue: 'celery' }, message), isError('broker_unavailable'));
    await proxy.restore();
    await until(() => broker.connection.state === 'connected', { what: 'the connection to come back' });
    const seen = events.length;
    await until(() => events.length > seen, { what: 'events to come again' });
    await mailbox.ping([workerName()]);
    assert.ok(states.some((s) => s.state === 'disconnected') && states.at(-1)?.state === 'connected');
  });

  test(
    'connected means subscribed: no event after it is missed, however often the connection goes',
    TEST,
    async (t) => {
      const { proxy, open: openBroker } = await openThroughProxy(t);
      const broker = await openBroker();
      const sender = await open(t, { url: server().url });
      const events = await collectEvents(broker);
      for (let round = 0; round < 5; round += 1) {
        const lost = nextState(broker, 'disconnected');
        proxy.drop();
        await lost;
        await nextState(broker, 'connected');
        const { id, message } = taskMessage('shop.add', [1, round]);
        await sender.publish({ queue: 'celery' }, message);
        await until(() => succeeded(events, id), { what: `the event of task ${round}` });
      }
    },
  );

  test('a frozen connection fails its commands in time, is shown and replaced', TEST, async (t) => {
    const { proxy, open: openBroker } = await openThroughProxy(t);
    const broker = await openBroker();
    const events = await collectEvents(broker);
    await until(() => events.length > 0, { what: 'an event' });
    proxy.freeze();
    const { message } = taskMessage('shop.add', [1, 1]);
    await assert.rejects(broker.publish({ queue: 'celery' }, message), isError('broker_unavailable'));
    await assert.rejects(broker.queueLengths(['celery']), isError('broker_unavailable'));
    await until(() => broker.connection.state === 'disconnected', {
      what: 'the dead connection to be noticed',
      timeoutMs: NOTICE_MS,
    });
    proxy.thaw();
    await until(() => broker.connection.state === 'connected', { what: 'the connection to come back' });
    const seen = events.length;
    await until(() => events.length > seen, { what: 'events to come again' });
    await broker.queueLengths(['celery']);
  });

  test('a slow network is only slow', TEST, async (t) => {
    const { proxy, open: openBroker } = await openThroughProxy(t, { commandTimeoutMs: 10_000 });
    proxy.delay(150);
    const broker = await openBroker();
    const events = await collectEvents(broker);
    const task = taskMessage('shop.add', [4, 5]);
    await broker.publish({ queue: 'celery' }, task.message);
    await until(() => broker.connection.state === 'connected', { what: 'the connection' });
    await until(() => events.length > 0, { what: 'an event' });
    await ping(broker, [workerName()]);
    assert.equal(broker.connection.state, 'connected');
  });

  test('a broker that is away at the start is waited for', TEST, async (t) => {
    const { proxy, open: openBroker } = await openThroughProxy(t);
    await proxy.cut();
    const broker = await openBroker();
    const events = await collectEventsLater(broker);
    await assert.rejects(broker.broadcast(controlMessage({ method: 'ping' })), isError('broker_unavailable'));
    await until(() => broker.connection.state === 'disconnected', { what: 'the refusal to be shown' });
    await proxy.restore();
    await until(() => broker.connection.state === 'connected', { what: 'the connection' });
    await until(() => events.length > 0, { what: 'an event' });
  });

  test('a broker can be closed while it is still connecting', TEST, async (t) => {
    const { proxy, open: openBroker } = await openThroughProxy(t);
    proxy.freeze();
    const broker = await openBroker();
    await broker.consumeEvents(() => undefined);
    await broker.openReplyQueue(() => undefined);
    await broker.close();
    await assert.rejects(broker.queueLengths(['celery']), isError('closed'));
    await until(() => proxy.connections() === 0, { what: 'its sockets to be closed' });
  });
}

/** Resolves in the very turn in which the broker enters the state. */
function nextState(broker: Broker, wanted: ConnectionState['state']): Promise<void> {
  return new Promise((resolve) => {
    const stop = broker.onConnection(({ state }) => {
      if (state !== wanted) return;
      stop();
      resolve();
    });
  });
}
