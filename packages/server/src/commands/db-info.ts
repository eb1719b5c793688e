// `umbel db info`: what the history holds, and how much space that takes.
import { toTimeText } from '../contract/v1-moment.ts';
import { inspectHistory } from '../store/sqlite/inspect-file.ts';
import type { Command } from './command.ts';
import { HISTORY_OPTIONS, lookAtHistory } from './command-history.ts';
import { formatCount, formatSize } from './format-numbers.ts';
import { formatTable } from './format-table.ts';

export const dbInfo: Command = {
  name: 'db info',
  summary: 'Says what the history holds and how much space that takes.',
  details: 'It reads only; the server may be running.',
  words: [],
  options: {},
  serverOptions: HISTORY_OPTIONS,
  async run(given, { stdout }) {
    const { path, info } = await lookAtHistory(given.config(), async (at) => {
      const found = await inspectHistory(at);
      return found === null ? null : { path: at, info: found };
    });
    const { tasks, oldest, states } = info;
    stdout.write(
      formatTable([
        ['Path', path],
        ['File', formatSize(info.fileBytes)],
        ['Write-ahead log', formatSize(info.logBytes)],
        ['Free inside', formatSize(info.freeBytes)],
        ['Tasks', formatCount(tasks)],
        ['Oldest task', oldest === null ? 'none' : toTimeText(oldest * 1000)],
        // Of everything that is in the file, indexes too: what another task will take.
        ['Bytes a task', tasks === 0 ? 'none' : formatCount(Math.round(info.usedBytes / tasks))],
        ['Schema version', String(info.schemaVersion)],
      ]),
    );
    if (states.length === 0) return 0;
    const rows = states.map(({ state, tasks: count }) => [state, formatCount(count)]);
    stdout.write(`\n${formatTable([['STATE', 'TASKS'], ...rows])}`);
    return 0;
  },
};
