import { startRedis } from '@umbel/testkit';
import { apiContract } from './api.contract.ts';

apiContract('Redis', async (t) => {
  const redis = await startRedis(t, { password: 'hunter2' });
  return { broker: redis.url, resultBackend: redis.url };
});
