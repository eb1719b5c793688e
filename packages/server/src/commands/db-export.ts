// `umbel db export`: the whole history as JSON lines, while the server goes on.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  endLine,
  headLine,
  type HistoryItem,
  ITEM_KINDS,
  type ItemCounts,
  itemLine,
} from '../store/transfer/history-line.ts';
import { walkHistory } from '../store/transfer/walk-history.ts';
import type { Command } from './command.ts';
import { HISTORY_OPTIONS } from './command-history.ts';
import { describeCounts } from './describe-counts.ts';
import { openHistoryToRead } from './open-command-history.ts';

export const dbExport: Command = {
  name: 'db export',
  summary: 'Writes the whole history as JSON lines, for `umbel db import` or any other tool.',
  details:
    'The server may be running: tasks that arrive meanwhile are left out. Arguments and results are written as they are kept. A large\nhistory is best piped through a compressor: umbel db export | zstd > history.zst',
  words: [],
  options: {},
  serverOptions: HISTORY_OPTIONS,
  async run(given, { stdout, stderr }) {
    await using store = await openHistoryToRead(given.config());
    const nowMs = Date.now();
    const counts = { task: 0, worker: 0, tally: 0, gauge: 0 };
    const lines = formatLines(walkHistory(store, nowMs / 1_000), nowMs, counts);
    await pipeline(Readable.from(lines), stdout, { end: false });
    stderr.write(`${describeCounts(counts)} written\n`);
    return 0;
  },
};

async function* formatLines(
  items: AsyncIterable<HistoryItem>,
  nowMs: number,
  counts: { -readonly [Kind in keyof ItemCounts]: number },
): AsyncGenerator<string> {
  yield headLine(nowMs);
  for await (const item of items) {
    const kind = ITEM_KINDS.find((name) => name in item);
    if (kind !== undefined) counts[kind]++;
    yield itemLine(item);
  }
  yield endLine(counts);
}
