// Umbel as on several machines: a private PostgreSQL, some collectors, and a desk that is asked.
import { join, resolve } from 'node:path';
import { freePort, type OwnedProcess, startPostgres, startProcess, type TestScope } from '@umbel/testkit';
import { askUmbel, type Monitor, startOptions } from '../ingest/monitors.ts';
import { familySeconds } from '../ingest/process-usage.ts';

const main = join(resolve(import.meta.dirname, '../..'), 'packages/server/src/main.ts');

export interface Machines extends Omit<Monitor, 'chunksLeft'> {
  readonly collectors: readonly OwnedProcess[];
  /** CPU seconds of PostgreSQL so far, all its processes together: those that have ended too. */
  postgresSeconds(): number;
}

export async function startMachines(t: TestScope, brokerUrl: string, count: number): Promise<Machines> {
  // As in production; the servers of tests do not wait for the disk.
  const settings = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
  const postgres = await startPostgres(t, { private: true, settings });
  const port = await freePort();
  const start = async (...args: string[]): Promise<OwnedProcess> => {
    const umbel = await startProcess(
      process.execPath,
      [...startOptions(), main, ...args, '--db', postgres.url, '--broker', brokerUrl],
      { env: { ...process.env, FLOWER_UNAUTHENTICATED_API: 'true' } },
    );
    t.after(() => umbel.stop({ graceMs: 15_000 }));
    return umbel;
  };
  const collectors: OwnedProcess[] = [];
  for (let index = 0; index < count; index++) collectors.push(await start('collect'));
  const desk = await start('serve', '--port', `${port}`);
  return {
    ...(await askUmbel(desk, port)),
    collectors,
    postgresSeconds: () => familySeconds(postgres.pid()),
  };
}
