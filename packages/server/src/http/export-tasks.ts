// Rows of tasks as the text of a file, page by page, so that no file is too long for the memory.
import { stringify } from 'csv-stringify/sync';
import type { TaskColumn } from '../contract/v1-task-export.ts';
import type { V1TaskRow } from '../contract/v1-task-row.ts';

export type TaskFileFormat = 'csv' | 'json' | 'ndjson';

export interface TaskFilePage {
  readonly rows: readonly V1TaskRow[];
  /** False: more follows, in this file or beyond its bound. */
  readonly isLast: boolean;
}

export async function* writeTaskFile(
  pages: AsyncIterable<TaskFilePage>,
  { format, columns }: { readonly format: TaskFileFormat; readonly columns: readonly TaskColumn[] },
): AsyncGenerator<string> {
  let begin = format === 'json' ? '{"items":[\n' : '';
  let header = format === 'csv';
  let complete = true;
  for await (const { rows, isLast } of pages) {
    complete = isLast;
    if (format === 'csv') {
      yield toCsv(rows, { columns, header });
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

function toCsv(
  rows: readonly V1TaskRow[],
  { columns, header }: { readonly columns: readonly TaskColumn[]; readonly header: boolean },
): string {
  const cells = rows.map(({ flags, exception, ...row }) => ({
    ...row,
    flags: flags.join(' '),
    exception_type: exception?.type ?? null,
    exception_message: exception?.message ?? null,
  }));
  return stringify(cells, {
    columns: [...columns],
    header,
    record_delimiter: 'windows',
    escape_formulas: true,
  });
}
