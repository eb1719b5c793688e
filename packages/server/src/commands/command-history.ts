// The file of the server's history, as commands look at it beside the server or without it. A history in a database has no file.
import { existsSync } from 'node:fs';
import { ConfigError } from '../config/config-error.ts';
import { historyPlace } from '../config/history-place.ts';
import type { OptionValues } from '../config/options.ts';
import { CommandError, LEDGER_OPTIONS } from './command.ts';

/** Where the history is found: by the same options as the ledger. */
export const HISTORY_OPTIONS = LEDGER_OPTIONS;

/**
 * What `look` answers about the file of the history.
 * @param look answers null when the file is no history of Umbel
 * @throws ConfigError when it is no file; CommandError when there is none; what `look` throws
 */
export async function lookAtHistory<T>(
  config: OptionValues,
  look: (path: string) => Promise<T | null>,
): Promise<T> {
  const place = historyPlace(config);
  if (place.kind !== 'file')
    throw new ConfigError(
      'This command reads the file of a history. One in PostgreSQL is looked after by its own tools, such as pg_dump and pg_amcheck.',
    );
  const { path } = place;
  if (!existsSync(path)) {
    throw new CommandError(
      `There is no history at ${path}. Say where the server keeps it: --db, or the --broker or --config that it was started with.`,
    );
  }
  const answer = await look(path);
  if (answer === null) throw new CommandError(`${path} is not a history of Umbel.`);
  return answer;
}
