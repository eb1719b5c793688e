import { startRedis } from '@umbel/testkit';
import { apiContract } from './api.contract.ts';

for (const celery of ['5.7', '5.2'] as const) {
  apiContract('Redis', celery, async (t) => {
    const redis = await startRedis(t, { password: 'hunter2' });
    return { broker: redis.url, resultBackend: redis.url };
  });
}
