// Which files hold the history and what is kept about people, from the same options for the server and for every command.
import { format, parse, resolve } from 'node:path';
import { CeleryError } from '@umbel/celery';
import { ConfigError } from './config-error.ts';
import { defaultDbPath } from './default-db-path.ts';
import type { OptionValues } from './options.ts';

/**
 * The file of the history.
 * @throws ConfigError when --db is no path, or nothing can be named after the broker
 */
export function dbPath(config: Pick<OptionValues, 'db' | 'broker'>): string {
  if (config.db !== null && /^[a-z][a-z0-9+.-]+:\/\//i.test(config.db)) {
    throw new ConfigError(
      '--db needs the path of a file: histories in a database server are not supported yet.',
    );
  }
  return resolve(config.db ?? pathForBroker(config.broker));
}

function pathForBroker(url: string): string {
  try {
    return defaultDbPath(url);
  } catch (error) {
    if (error instanceof CeleryError) throw new ConfigError(`--broker: ${error.message}`);
    throw error;
  }
}

/** The file beside it with sessions, tokens and the audit trail: `umbel.db` ▶ `umbel-access.db`. */
export function ledgerPath(config: Pick<OptionValues, 'db' | 'broker'>): string {
  const { dir, name } = parse(dbPath(config));
  return format({ dir, name: `${name}-access`, ext: '.db' });
}
