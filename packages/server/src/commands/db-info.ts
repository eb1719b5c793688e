// `umbel db info`: what the history holds, and how much space that takes.
import { historyPlace } from '../config/history-place.ts';
import type { OptionValues } from '../config/options.ts';
import { toTimeText } from '../contract/v1-moment.ts';
import { inspectHistory } from '../store/sqlite/inspect-file.ts';
import type { Command } from './command.ts';
import { HISTORY_OPTIONS, lookAtHistory } from './command-history.ts';
import { formatCount, formatSize } from './format-numbers.ts';
import { formatTable } from './format-table.ts';
import { openHistoryToRead } from './open-command-history.ts';

export const dbInfo: Command = {
  name: 'db info',
  summary: 'Says what the history holds and how much space that takes.',
  details: 'It reads only; the server may be running.',
  words: [],
  options: {},
  serverOptions: HISTORY_OPTIONS,
  async run(given, { stdout }) {
    const config = given.config();
    const { rows, states } =
      historyPlace(config).kind === 'file' ? await describeFile(config) : await describeDatabase(config);
    stdout.write(formatTable(rows));
    if (states.length === 0) return 0;
    const counts = states.map(({ state, tasks }) => [state, formatCount(tasks)]);
    stdout.write(`\n${formatTable([['STATE', 'TASKS'], ...counts])}`);
    return 0;
  },
};

interface Description {
  readonly rows: readonly (readonly string[])[];
  readonly states: readonly { readonly state: string; readonly tasks: number }[];
}

async function describeFile(config: OptionValues): Promise<Description> {
  const { path, info } = await lookAtHistory(config, async (at) => {
    const found = await inspectHistory(at);
    return found === null ? null : { path: at, info: found };
  });
  const { tasks, oldest, states } = info;
  return {
    rows: [
      ['Path', path],
      ['File', formatSize(info.fileBytes)],
      ['Write-ahead log', formatSize(info.logBytes)],
      ['Free inside', formatSize(info.freeBytes)],
      ...describeTasks(tasks, oldest, info.usedBytes),
      ['Schema version', String(info.schemaVersion)],
    ],
    states,
  };
}

async function describeDatabase(config: OptionValues): Promise<Description> {
  await using store = await openHistoryToRead(config);
  const { location, sizeBytes, tasks, oldest } = await store.facts();
  const states = [...(await store.countByState())].map(([state, count]) => ({ state, tasks: count }));
  return {
    rows: [
      ['Database', location],
      ['Tables and indexes', formatSize(sizeBytes)],
      ...describeTasks(tasks, oldest, sizeBytes),
    ],
    states: states.sort((a, b) => b.tasks - a.tasks),
  };
}

/** @param bytes of everything that is there, indexes too: what another task will take */
function describeTasks(tasks: number, oldest: number | null, bytes: number): string[][] {
  return [
    ['Tasks', formatCount(tasks)],
    ['Oldest task', oldest === null ? 'none' : toTimeText(oldest * 1000)],
    ['Bytes a task', tasks === 0 ? 'none' : formatCount(Math.round(bytes / tasks))],
  ];
}
