// Where the history and what is kept about people are, from the same options for the server and for every command: in two files, or
// together in a database.
import { format, parse, resolve } from 'node:path';
import { CeleryError } from '@umbel/celery';
import { ConfigError } from './config-error.ts';
import { defaultDbPath } from './default-db-path.ts';
import type { OptionValues } from './options.ts';

/** `path`: the file of the history, `ledgerPath`: the one beside it with sessions, tokens and the audit trail (`umbel.db` ▶ `umbel-access.db`). */
export type HistoryPlace =
  | { readonly kind: 'file'; readonly path: string; readonly ledgerPath: string }
  | { readonly kind: 'postgres'; readonly url: string };

const POSTGRES = /^postgres(?:ql)?:\/\//i;
const ANY_URL = /^[a-z][a-z0-9+.-]+:\/\//i;

/** @throws ConfigError when --db is neither a path nor a URL of PostgreSQL, or nothing can be named after the broker */
export function historyPlace({ db, broker }: Pick<OptionValues, 'db' | 'broker'>): HistoryPlace {
  if (db !== null && POSTGRES.test(db)) {
    if (!URL.canParse(db))
      throw new ConfigError('--db is no URL that can be read: postgres://user:password@host:5432/database.');
    return { kind: 'postgres', url: db };
  }
  if (db !== null && ANY_URL.test(db))
    throw new ConfigError('--db needs the path of a file or a URL that begins with postgres://.');
  const path = resolve(db ?? pathForBroker(broker));
  const { dir, name } = parse(path);
  return { kind: 'file', path, ledgerPath: format({ dir, name: `${name}-access`, ext: '.db' }) };
}

function pathForBroker(url: string): string {
  try {
    return defaultDbPath(url);
  } catch (error) {
    if (error instanceof CeleryError) throw new ConfigError(`--broker: ${error.message}`);
    throw error;
  }
}
