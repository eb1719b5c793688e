// RabbitMQ's own side of the Broker: flags, arguments, existing queues, backpressure, refusals, restarts, TLS.
import { missing, startRabbit, type TestScope } from '@umbel/testkit';
import { openAmqpBroker } from './amqp-broker.ts';
import { testBroker } from './broker.contract.ts';

testBroker('RabbitMQ', {
  open: openAmqpBroker,
  skip: await missing('rabbit', 'celery'),
  async setUp(scope: TestScope) {
    const rabbit = await startRabbit(scope);
    const queues = async (): Promise<string[]> => {
      const list = (await rabbit.api('GET', '/api/queues/{vhost}')) as { name: string }[];
      return list.map(({ name }) => name);
    };
    return { url: rabbit.url, host: rabbit.host, port: rabbit.port, leftovers: queues };
  },
});
