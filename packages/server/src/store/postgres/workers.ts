// Writing and reading workers and what they answered when asked: few rows, kept as JSON.
import type { ClientBase } from 'pg';
import type { StoredWorker, WorkerDetails } from '../store.ts';
import { textCell } from './text-cell.ts';

export async function readWorkers(client: ClientBase): Promise<StoredWorker[]> {
  const { rows } = await client.query<{ record: string }>('SELECT record FROM workers ORDER BY hostname');
  return rows.map(({ record }) => JSON.parse(record) as StoredWorker);
}

/** Inserts or replaces. */
export async function writeWorkers(client: ClientBase, workers: readonly StoredWorker[]): Promise<void> {
  if (workers.length === 0) return;
  const byName = new Map(workers.map((worker) => [textCell(worker.hostname), worker]));
  const names = [...byName.keys()].sort();
  await client.query(
    `INSERT INTO workers SELECT * FROM unnest($1::text[], $2::text[])
     ON CONFLICT (hostname) DO UPDATE SET record = excluded.record`,
    [names, names.map((name) => JSON.stringify(byName.get(name)))],
  );
}

/** With what they answered. */
export async function forgetWorkers(client: ClientBase, hostnames: readonly string[]): Promise<void> {
  if (hostnames.length === 0) return;
  for (const table of ['workers', 'worker_details']) {
    await client.query(`DELETE FROM ${table} WHERE hostname = ANY($1::text[])`, [hostnames.map(textCell)]);
  }
}

export async function readWorkerDetails(client: ClientBase): Promise<WorkerDetails[]> {
  const { rows } = await client.query<{ hostname: string; asked_at: string; replies: string }>(
    'SELECT hostname, asked_at, replies FROM worker_details ORDER BY hostname',
  );
  return rows.map((row) => ({
    hostname: row.hostname,
    askedAt: JSON.parse(row.asked_at) as WorkerDetails['askedAt'],
    replies: JSON.parse(row.replies) as WorkerDetails['replies'],
  }));
}

export async function writeWorkerDetails(
  client: ClientBase,
  { hostname, askedAt, replies }: WorkerDetails,
): Promise<void> {
  await client.query(
    `INSERT INTO worker_details VALUES ($1, $2, $3)
     ON CONFLICT (hostname) DO UPDATE SET asked_at = excluded.asked_at, replies = excluded.replies`,
    [textCell(hostname), JSON.stringify(askedAt), JSON.stringify(replies)],
  );
}
