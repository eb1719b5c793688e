// The Redis broker against real Redis servers and real Celery workers: the contract, and what only Redis has.
import { startRedis } from '@umbel/testkit';
import { testBroker } from './broker.contract.ts';
import { openRedisBroker } from './redis-broker.ts';

testBroker('redis', {
  open: openRedisBroker,
  setUp: async (scope) => {
    const redis = await startRedis(scope);
    const client = redis.client();
    return { url: redis.url, host: redis.host, port: redis.port, leftovers: () => client.keys('*') };
  },
});
