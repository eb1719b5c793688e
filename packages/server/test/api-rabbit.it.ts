import { startRabbit, startRedis } from '@umbel/testkit';
import { apiContract } from './api.contract.ts';

apiContract('RabbitMQ', async (t) => {
  const [rabbit, redis] = await Promise.all([startRabbit(t), startRedis(t, { password: 'hunter2' })]);
  return { broker: rabbit.url, resultBackend: redis.url };
});
