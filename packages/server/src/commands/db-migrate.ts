// `umbel db migrate SQLITE_PATH POSTGRES_URL`: the history of a file into a PostgreSQL database.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { maskUrls } from '@umbel/celery';
import { ConfigError } from '../config/config-error.ts';
import { openPostgresStore } from '../store/postgres/open-postgres.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts';
import { readHistoryFile } from '../store/sqlite/read-history-file.ts';
import type { ItemCounts } from '../store/transfer/history-line.ts';
import { mergeHistory } from '../store/transfer/merge-history.ts';
import { walkHistory } from '../store/transfer/walk-history.ts';
import { type Command, CommandError } from './command.ts';
import { describeCounts } from './describe-counts.ts';
import { formatCount, formatTasks } from './format-numbers.ts';

const POSTGRES_URL = /^postgres(?:ql)?:\/\//i;
const SAY_EVERY_MS = 2_000;

export const dbMigrate: Command = {
  name: 'db migrate',
  summary: 'Brings the history of a file into a PostgreSQL database.',
  details:
    'Tasks, workers, counts and samples; no sessions, tokens or audit trail. The server may go on with the file meanwhile, and the database may\nbe in use already. Tasks that are there are joined: it can be interrupted, and repeated for what came since.',
  words: ['SQLITE_PATH', 'POSTGRES_URL'],
  options: {},
  serverOptions: [],
  async run(given, { stdout, stderr }) {
    const [file = '', url = ''] = given.words;
    if (!POSTGRES_URL.test(url))
      throw new ConfigError(
        `POSTGRES_URL needs a URL such as postgres://user@host/umbel, not ${maskUrls(url)}.`,
      );
    const path = resolve(file);
    if (!existsSync(path)) throw new CommandError(`There is no history at ${path}.`);
    if ((await readHistoryFile(path, () => true)) === null)
      throw new CommandError(`${path} is not a history of Umbel.`);
    await using source = await openSqliteStore({ path, access: 'read' });
    const log = {
      info: () => undefined,
      warn: (_fields: object, text: string) => void stderr.write(`${text}\n`),
    };
    await using target = await openPostgresStore({ url, log });
    const { tasks } = await source.facts();
    const nowS = Date.now() / 1_000;
    const { counts, tasksChanged } = await mergeHistory(target, walkHistory(source, nowS), {
      nowS,
      onProgress: sayProgress(stderr, tasks),
    });
    stdout.write(`${describeCounts(counts)} read; ${formatTasks(tasksChanged)} new or changed\n`);
    return 0;
  },
};

/** A line now and then. */
function sayProgress(stderr: Writable, tasks: number): (counts: ItemCounts) => void {
  let saidAt = performance.now();
  return ({ task }) => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    stderr.write(`${formatCount(task)} of ${formatTasks(tasks)}\n`);
  };
}
