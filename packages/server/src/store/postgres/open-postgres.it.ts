import { startPostgres } from '@umbel/testkit';
import { storeContract } from '../store.contract.ts';
import { openPostgresStore } from './open-postgres.ts';

const log = { info: () => undefined, warn: () => undefined };

storeContract('PostgreSQL', async (t) => {
  const { url } = await startPostgres(t);
  const store = await openPostgresStore({ url, log });
  t.after(() => store.close());
  return store;
});
