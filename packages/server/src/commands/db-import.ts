// `umbel db import`: an exported history, read from standard input, into the history of this server.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  type HistoryItem,
  HistoryLineError,
  ITEM_KINDS,
  readHead,
  readLine,
} from '../store/transfer/history-line.ts';
import { mergeHistory } from '../store/transfer/merge-history.ts';
import { type Command, CommandError } from './command.ts';
import { HISTORY_OPTIONS } from './command-history.ts';
import { describeCounts } from './describe-counts.ts';
import { formatTasks } from './format-numbers.ts';
import { openHistoryToWrite } from './open-command-history.ts';

export const dbImport: Command = {
  name: 'db import',
  summary: 'Reads what `umbel db export` wrote from standard input, and adds it to the history.',
  details:
    'Tasks that are there already are joined, so it can be interrupted and repeated, and the server may be running. A history that is not\nthere is made. Example: zstd -dc history.zst | umbel db import --db umbel.db',
  words: [],
  options: {},
  serverOptions: HISTORY_OPTIONS,
  async run(given, { stdin, stdout }) {
    if (stdin.isTTY === true)
      throw new CommandError('Nothing was given to import: umbel db import < history.jsonl');
    await using store = await openHistoryToWrite(given.config());
    const { counts, tasksChanged } = await mergeHistory(store, readItems(stdin), {
      nowS: Date.now() / 1_000,
    });
    stdout.write(`${describeCounts(counts)} read; ${formatTasks(tasksChanged)} new or changed\n`);
    return 0;
  },
};

/** @throws CommandError that names the line */
async function* readItems(stdin: Readable): AsyncGenerator<HistoryItem> {
  const read = { task: 0, worker: 0, tally: 0, gauge: 0 };
  let number = 0;
  let hasEnded = false;
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    try {
      if (hasEnded) throw new HistoryLineError('there is more after the last line');
      if (number === 1) {
        readHead(line);
        continue;
      }
      const item = readLine(line);
      if ('end' in item) {
        const wrong = ITEM_KINDS.find((kind) => item.end[kind] !== read[kind]);
        if (wrong !== undefined)
          throw new HistoryLineError(`${item.end[wrong]} of ${wrong} were written, ${read[wrong]} are here`);
        hasEnded = true;
        continue;
      }
      const kind = ITEM_KINDS.find((name) => name in item);
      if (kind !== undefined) read[kind]++;
      yield item;
    } catch (error) {
      if (!(error instanceof HistoryLineError)) throw error;
      throw new CommandError(`Line ${number}: ${error.message}. What came before it was imported.`);
    }
  }
  if (!hasEnded)
    throw new CommandError(
      number === 0
        ? 'Nothing came in to import.'
        : `The file ends after line ${number} without its last line: it was cut. What it holds was imported.`,
    );
}
