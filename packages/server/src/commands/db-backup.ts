// `umbel db backup FILE`: a copy of the history, while the server goes on.
import { existsSync, lstatSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { historyPlace } from '../config/history-place.ts';
import { backUpHistory } from '../store/sqlite/back-up-file.ts';
import { type Command, CommandError } from './command.ts';
import { HISTORY_OPTIONS, lookAtHistory } from './command-history.ts';
import { formatSize, formatTasks } from './format-numbers.ts';

/** Files that SQLite keeps beside a database. */
const COMPANIONS = ['-wal', '-shm', '-journal'];

export const dbBackup: Command = {
  name: 'db backup',
  summary: 'Copies the history, as it is at this moment, to a file.',
  details:
    'The server may be running, and goes on writing. The copy can be used as --db. It holds no sessions, tokens or audit trail: these\nare in a file of their own. It can be read by its owner alone.',
  words: ['FILE'],
  options: { force: { placeholder: null, help: 'Replace a file that is there.' } },
  serverOptions: HISTORY_OPTIONS,
  async run(given, { stdout }) {
    const target = resolve(given.words[0] ?? '');
    const replace = given.has('force');
    const config = given.config();
    const place = historyPlace(config);
    const { tasks, bytes } = await lookAtHistory(config, (path) => {
      const kept = place.kind === 'file' ? [path, place.ledgerPath] : [path];
      requireTarget(target, { replace, kept });
      return backUpHistory(path, { target, replace });
    });
    stdout.write(`${formatTasks(tasks)}, ${formatSize(bytes)}, copied to ${target}\n`);
    return 0;
  },
};

/**
 * @param options.kept databases that the server uses
 * @throws CommandError when nothing may be written at `target`
 */
function requireTarget(
  target: string,
  { replace, kept }: { readonly replace: boolean; readonly kept: readonly string[] },
): void {
  const folder = dirname(target);
  if (!existsSync(folder)) throw new CommandError(`There is no folder ${folder}.`);
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw new CommandError(`${target} is not a plain file, and is not replaced.`);
  if (kept.flatMap(withCompanions).some((path) => isSame(path, target, there)))
    throw new CommandError(`${target} is the server's own: choose another file.`);
  if (there !== undefined && !replace)
    throw new CommandError(`${target} is there already: choose another file, or add --force to replace it.`);
  // SQLite would take what is in it for newer contents of the copy.
  const companion = COMPANIONS.map((end) => target + end).find((path) => existsSync(path));
  if (companion !== undefined)
    throw new CommandError(
      `${companion} is there: ${target} is a database in use, or was not closed. Choose another file.`,
    );
}

function withCompanions(path: string): string[] {
  return [path, ...COMPANIONS.map((end) => path + end)];
}

/** Whether both are the same file, under whatever names. */
function isSame(path: string, target: string, there: Stats | undefined): boolean {
  const real = (name: string) => join(realpathSync(dirname(name)), basename(name));
  if (existsSync(dirname(path)) && real(path) === real(target)) return true;
  if (there === undefined || !existsSync(path)) return false;
  const { dev, ino } = lstatSync(realpathSync(path));
  return dev === there.dev && ino === there.ino;
}
