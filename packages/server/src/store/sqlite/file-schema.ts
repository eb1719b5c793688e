// The kinds of SQLite file that Umbel keeps: what marks a file as one of them, which migrations make it, and where damage would show.
import { type Migration, readMigrations } from './migrate.ts';

export interface FileSchema {
  /** SQLite's `application_id`, as set by the first migration. */
  readonly applicationId: number;
  readonly migrations: readonly Migration[];
  /** Read when a large file is opened: both ends of what matters most in it. */
  readonly probes: readonly string[];
}

/** Tasks and workers: open-sqlite.ts. "Umbl". */
export const HISTORY_FILE: FileSchema = {
  applicationId: 0x556d626c,
  migrations: readMigrations(new URL('./migrations/', import.meta.url)),
  probes: [
    'SELECT * FROM tasks ORDER BY id DESC LIMIT 1',
    'SELECT * FROM tasks ORDER BY position LIMIT 1',
    'SELECT * FROM tasks ORDER BY position DESC LIMIT 1',
  ],
};

/** Sessions, tokens, one-time secrets and the audit trail: ledger-file.ts. "Umba". */
export const LEDGER_FILE: FileSchema = {
  applicationId: 0x556d6261,
  migrations: readMigrations(new URL('./ledger-migrations/', import.meta.url)),
  probes: ['SELECT * FROM audit ORDER BY seq DESC LIMIT 1'],
};
