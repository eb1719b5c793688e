// The server's ledger, opened by a command beside the server or without it.
import { existsSync } from 'node:fs';
import { type Log, maskUrls } from '@umbel/celery';
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
  const log: Log = {
    info: () => undefined,
    warn: (_, text) => stderr.write(`umbel: ${text}\n`),
  };
  const place = historyPlace(config);
  if (place.kind === 'postgres') return openInDatabase(place.url, log, create);
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
    log,
  });
}

/** Loaded only where it is used: a client of PostgreSQL costs memory. */
async function openInDatabase(url: string, log: Log, create: boolean): Promise<Ledger> {
  const { hasPostgresLedger, openPostgresLedger } = await import('../store/postgres/ledger/open-ledger.ts');
  if (!create && !(await hasPostgresLedger({ url, log }))) {
    throw new CommandError(
      `There is no ledger at ${maskUrls(url)}. Say in which database the server keeps it: --db, or the --config that it was started with.`,
    );
  }
  return openPostgresLedger({ url, log });
}
