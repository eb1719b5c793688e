// Rows of tasks as the text of a file, page by page, so that no file is too long for the memory.
import { stringify } from 'csv-stringify/sync';
import type { V1TaskRow } from '../contract/v1-task-row.ts';

export type TaskFileFormat = 'csv' | 'json' | 'ndjson';

export interface TaskFilePage {
  readonly rows: readonly V1TaskRow[];
  /** False: more follows, in this file or beyond its bound. */
  readonly isLast: boolean;
}

// biome-ignore format: a list
const COLUMNS = [
  'id', 'name', 'state', 'flags', 'args_text', 'kwargs_text', 'result_text', 'exception_type', 'exception_message', 'fp', 'queue', 'worker',
  'group', 'retries', 'sent', 'received', 'started', 'finished', 'eta', 'wait_ms', 'wait_from', 'run_ms', 'parent_id', 'root_id',
] as const;

export async function* writeTaskFile(
  pages: AsyncIterable<TaskFilePage>,
  format: TaskFileFormat,
): AsyncGenerator<string> {
  let begin = format === 'json' ? '{"items":[\n' : '';
  let header = format === 'csv';
  let complete = true;
  for await (const { rows, isLast } of pages) {
    complete = isLast;
    if (format === 'csv') {
      yield toCsv(rows, header);
      header = false;
      continue;
    }
    if (rows.length === 0) continue;
    const lines = rows.map((row) => JSON.stringify(row));
    yield format === 'json' ? `${begin}${lines.join(',\n')}` : `${lines.join('\n')}\n`;
    begin = ',\n';
  }
  if (format === 'json') yield `${begin === ',\n' ? '' : begin}\n],"complete":${complete}}\n`;
}

function toCsv(rows: readonly V1TaskRow[], header: boolean): string {
  const cells = rows.map(({ flags, exception, ...row }) => ({
    ...row,
    flags: flags.join(' '),
    exception_type: exception?.type ?? null,
    exception_message: exception?.message ?? null,
  }));
  return stringify(cells, {
    columns: [...COLUMNS],
    header,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}
