// Handler of the file of tasks: GET /api/v1/tasks/export.
import { Readable } from 'node:stream';
import { InvalidRequest, quote } from '../../contract/parameter.ts';
import {
  type exportTasks as operation,
  TASK_COLUMNS,
  TASK_EXPORT_MAX,
  type TaskColumn,
} from '../../contract/v1-task-export.ts';
import { toTimeText } from '../../contract/v1-moment.ts';
import { StoreError } from '../../store/store.ts';
import { type ApiRequest, type Handler, TextAnswer } from '../api-request.ts';
import { type TaskFilePage, writeTaskFile } from '../export-tasks.ts';
import { allOf, readTaskFilter } from '../task-filter.ts';
import { toV1TaskRow } from '../v1-task-row.ts';
import { knownOf } from './v1-tasks.ts';

const PAGE_LIMIT = 500;
const MEDIA_TYPES = { csv: 'text/csv', json: 'application/json', ndjson: 'application/x-ndjson' } as const;

export const exportTasks: Handler<typeof operation> = async (request) => {
  const { values, costly, nowMs } = request;
  const { format } = values;
  const columns = readColumns(values.cols, format);
  const held = costly('search');
  try {
    const pages = readPages(request);
    // Read before anything is answered, so that what cannot be read has an error of its own.
    const first = await pages.next();
    const file = Readable.from(writeTaskFile(follow(first, pages), { format, columns }));
    file.once('close', () => held[Symbol.dispose]());
    return new TextAnswer(file, {
      mediaType: MEDIA_TYPES[format],
      headers: {
        'content-disposition': `attachment; filename="umbel-tasks-${toTimeText(nowMs).slice(0, 10)}.${format}"`,
        'x-row-cap': String(TASK_EXPORT_MAX),
      },
    });
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
};

/** @throws InvalidRequest */
function readColumns(asked: readonly string[] | undefined, format: string): readonly TaskColumn[] {
  if (asked === undefined) return TASK_COLUMNS;
  if (format !== 'csv') throw new InvalidRequest('cols is for files in CSV: format must be csv.');
  const columns = asked.map((name) => {
    const column = TASK_COLUMNS.find((known) => known === name);
    if (column === undefined)
      throw new InvalidRequest(`cols has ${quote(name)}; known columns are ${TASK_COLUMNS.join(', ')}.`);
    return column;
  });
  if (columns.length === 0) throw new InvalidRequest('cols must name a column at least.');
  return columns;
}

/** @throws StoreError `too_slow` rather than leave out tasks that nobody looked at */
async function* readPages({
  values,
  desk,
  redactionOf,
  nowMs,
}: ApiRequest<typeof operation>): AsyncGenerator<TaskFilePage, undefined> {
  const { query: filtered } = readTaskFilter(values, nowMs);
  const { ids } = values;
  if (ids?.length === 0) throw new InvalidRequest('ids must name a task at least.');
  const query = allOf([filtered, ids && { kind: 'one-of', field: 'id', values: ids }]);
  const known = await knownOf(desk, nowMs);
  const { field: sortBy, descending } = values.sort;
  let place: string | null = null;
  for (let left = TASK_EXPORT_MAX; left > 0; ) {
    const limit = Math.min(PAGE_LIMIT, left);
    const at = place === null ? undefined : ({ place, side: 'after' } as const);
    const page = await desk.tasks({ filter: { query }, sortBy, descending, limit, offset: 0, at });
    if (page.unseen > 0) throw new StoreError('too_slow', 'Not every task could be looked at in time.');
    const rows = page.tasks.map((task) => {
      const hidden = page.hidden?.has(task.uuid) === true;
      return toV1TaskRow(task, redactionOf({ hidden }).task(task), { known, hidden });
    });
    const isLast = page.places === null || (page.tasks.length < limit && !page.truncated);
    yield { rows, isLast };
    if (isLast) return;
    place = page.places.last;
    left -= rows.length;
  }
}

async function* follow(
  first: IteratorResult<TaskFilePage, undefined>,
  rest: AsyncGenerator<TaskFilePage, undefined>,
): AsyncGenerator<TaskFilePage> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
