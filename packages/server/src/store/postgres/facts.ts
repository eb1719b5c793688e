// What the store can say about itself.
import type { ClientBase } from 'pg';
import type { StoreFacts } from '../store.ts';
import { totalTasks } from './labels.ts';
import { NOT_RECEIVED } from './task-row.ts';

/** @param location what people may read of where it is */
export async function readFacts(client: ClientBase, schema: string, location: string): Promise<StoreFacts> {
  const { rows } = await client.query<{ oldest: number | null }>(
    `SELECT least((SELECT min(position) FROM tasks WHERE position >= 0),
       (SELECT min(position) FROM tasks WHERE position < 0) + ${NOT_RECEIVED}) AS oldest`,
  );
  return {
    location,
    tasks: await totalTasks(client),
    sizeBytes: await schemaBytes(client, schema),
    oldest: rows[0]?.oldest ?? null,
  };
}

/** All tables of the schema with their indexes, dead rows included. */
export async function schemaBytes(client: ClientBase, schema: string): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint AS bytes FROM pg_class
     WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'm')`,
    [schema],
  );
  return rows[0]?.bytes ?? 0;
}
