// Writing and reading workers and what they answered when asked: few rows, kept as JSON.
import type { DatabaseSync } from 'node:sqlite';
import type { StoredWorker, WorkerDetails } from '../store.ts';

export interface Workers {
  read(): StoredWorker[];
  /** Inserts or replaces. */
  write(worker: StoredWorker): void;
  readDetails(): WorkerDetails[];
  writeDetails(details: WorkerDetails): void;
  delete(hostname: string): void;
}

export function createWorkers(database: DatabaseSync): Workers {
  const select = database.prepare('SELECT record FROM workers ORDER BY hostname');
  const upsert = database.prepare(
    'INSERT INTO workers VALUES (?, ?) ON CONFLICT (hostname) DO UPDATE SET record = excluded.record',
  );
  const selectDetails = database.prepare(
    'SELECT hostname, asked_at, replies FROM worker_details ORDER BY hostname',
  );
  const upsertDetails = database.prepare(
    `INSERT INTO worker_details VALUES (?, ?, ?)
     ON CONFLICT (hostname) DO UPDATE SET asked_at = excluded.asked_at, replies = excluded.replies`,
  );
  const remove = database.prepare('DELETE FROM workers WHERE hostname = ?');
  const removeDetails = database.prepare('DELETE FROM worker_details WHERE hostname = ?');

  return {
    read: () => select.all().map((row) => JSON.parse(row['record'] as string) as StoredWorker),
    write(worker) {
      upsert.run(worker.hostname, JSON.stringify(worker));
    },
    readDetails: () =>
      selectDetails.all().map((row) => ({
        hostname: row['hostname'] as string,
        askedAt: JSON.parse(row['asked_at'] as string) as WorkerDetails['askedAt'],
        replies: JSON.parse(row['replies'] as string) as WorkerDetails['replies'],
      })),
    writeDetails({ hostname, askedAt, replies }) {
      upsertDetails.run(hostname, JSON.stringify(askedAt), JSON.stringify(replies));
    },
    delete(hostname) {
      remove.run(hostname);
      removeDetails.run(hostname);
    },
  };
}
