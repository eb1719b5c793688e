// The server's ledger, opened by a command beside the server or without it.
import { existsSync } from 'node:fs';
import { ConfigError } from '../config/config-error.ts';
import { historyPlace } from '../config/history-place.ts';
import type { OptionValues } from '../config/options.ts';
import type { Ledger } from '../store/ledger.ts';
import { openSqliteLedger } from '../store/sqlite/open-ledger.ts';
import { CommandError, type Terminal } from './command.ts';

/**
 * @param options.create whether a ledger that is missing is begun; what only reads one must not leave an empty one behind
 * @throws CommandError when there is none; StoreError, also when it is damaged
 */
export async function openCommandLedger(
  config: OptionValues,
  { stderr }: Terminal,
  { create }: { readonly create: boolean },
): Promise<Ledger> {
  const place = historyPlace(config);
  if (place.kind !== 'file')
    throw new ConfigError('There is no ledger in PostgreSQL yet: --db needs a path.');
  const path = place.ledgerPath;
  if (!create && !existsSync(path)) {
    throw new CommandError(
      `There is no ledger at ${path}. Say where the server keeps its files: --db, or the --broker or --config that it was started with.`,
    );
  }
  return openSqliteLedger({
    path,
    // What is damaged is evidence: only the server, which cannot go on without a ledger, moves it aside.
    access: existsSync(path) ? 'write' : 'own',
    log: {
      info: () => undefined,
      warn: (_, text) => stderr.write(`umbel: ${text}\n`),
    },
  });
}
