import { startRabbit, startRedis } from '@umbel/testkit';
import { apiContract } from './api.contract.ts';

for (const celery of ['5.7', '5.2'] as const) {
  apiContract('RabbitMQ', celery, async (t) => {
    const [rabbit, redis] = await Promise.all([startRabbit(t), startRedis(t, { password: 'hunter2' })]);
    return { broker: rabbit.url, resultBackend: redis.url };
  });
}
