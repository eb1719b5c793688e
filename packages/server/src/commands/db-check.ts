// `umbel db check`: whether the history is sound.
import { checkHistory } from '../store/sqlite/check-file.ts';
import type { Command } from './command.ts';
import { HISTORY_OPTIONS, lookAtHistory } from './command-history.ts';
import { formatTable } from './format-table.ts';

export const dbCheck: Command = {
  name: 'db check',
  summary: 'Checks that the file of the history is sound and its counts are right.',
  details:
    'Exit code 0: ok; 1: it is not, and every problem is a line. It reads the whole file and changes nothing; the server may be\nrunning. A damaged file is moved aside by the server alone, when it starts or meets the damage.',
  words: [],
  options: {},
  serverOptions: HISTORY_OPTIONS,
  async run(given, { stdout }) {
    const problems = await lookAtHistory(given.config(), checkHistory);
    if (problems.length === 0) {
      stdout.write('ok\n');
      return 0;
    }
    stdout.write(formatTable(problems.map((problem) => [problem])));
    return 1;
  },
};
