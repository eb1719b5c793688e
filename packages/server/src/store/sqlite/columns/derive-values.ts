// The values of a row that no column of the table holds, as query/task-values.ts says them.
import { emptyTask, type TaskRecord } from '@umbel/celery';
import { etaOf, finishedOf, isCut, runOf, waitOf } from '../../../query/task-values.ts';
import {
  type ChunkCell,
  type ChunkRow,
  ETA_CELL,
  FIRST_CUT,
  FIRST_NUMBER,
  RETRY_CELL,
  STORED_NUMBERS,
} from './chunk-row.ts';

export interface DerivedValues {
  finished: number | null;
  run: number | null;
  wait: number | null;
  eta: number | null;
  cut: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

// One of each for all rows: chunks have thousands of rows and are made often.
const record: Mutable<TaskRecord> = emptyTask('');
const derived: DerivedValues = { finished: null, run: null, wait: null, eta: null, cut: false };

const POSITION = cellOf('position');
const SENT = cellOf('sent');
const STARTED = cellOf('started');
const SUCCEEDED = cellOf('succeeded');
const FAILED = cellOf('failed');
const RETRIED = cellOf('retried');
const REVOKED = cellOf('revoked');
const RUNTIME = cellOf('runtime');
const RETRIES = cellOf('retries');

function cellOf(column: (typeof STORED_NUMBERS)[number]): number {
  return FIRST_NUMBER + STORED_NUMBERS.indexOf(column);
}

/** What is answered is good until the next call. */
export function deriveValues(row: ChunkRow): Readonly<DerivedValues> {
  const position = row[POSITION] as number;
  record.received = position < 0 ? null : position;
  record.sent = row[SENT] as number | null;
  record.started = row[STARTED] as number | null;
  record.succeeded = row[SUCCEEDED] as number | null;
  record.failed = row[FAILED] as number | null;
  record.retried = row[RETRIED] as number | null;
  record.revoked = row[REVOKED] as number | null;
  record.runtime = row[RUNTIME] as number | null;
  record.retries = row[RETRIES] as number;
  record.state = row[RETRY_CELL] === 1 ? 'RETRY' : '';
  record.eta = row[ETA_CELL] as string | null;
  derived.finished = finishedOf(record);
  derived.run = runOf(record);
  derived.wait = waitOf(record);
  derived.eta = record.eta === null ? null : etaOf(record);
  derived.cut = isCutIn(row[FIRST_CUT], row[FIRST_CUT + 1], row[FIRST_CUT + 2]);
  return derived;
}

function isCutIn(
  args: ChunkCell | undefined,
  kwargs: ChunkCell | undefined,
  result: ChunkCell | undefined,
): boolean {
  if (args === null && kwargs === null && result === null) return false;
  record.args = args as string | null;
  record.kwargs = kwargs as string | null;
  record.result = result as string | null;
  return isCut(record);
}
