// A history as `bench:size` has it, moved to end now, sealed, and with its counts: what the questions are asked about.
import type { TaskRecord } from '@umbel/celery';
import { sumTallies } from '../../packages/server/src/measures/sum-tallies.ts';
import { tallyChange } from '../../packages/server/src/measures/tally-change.ts';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open-sqlite.ts';
import { sampleTask, sampleTaskBefore } from '../size/sample-history.ts';

const BATCH_TASKS = 2_000;

export interface FilledHistory {
  readonly tasks: number;
  /** Seconds from the times of sample-history.ts to those of the history. */
  readonly shiftS: number;
}

const log = {
  info: () => undefined,
  warn: (_: object, text: string) => void process.stderr.write(`${text}\n`),
};

export async function fillHistory(
  path: string,
  tasks: number,
  print: (line: string) => void,
): Promise<FilledHistory> {
  const shiftS = Math.floor(Date.now() / 1_000 - (sampleTask(tasks - 1).received ?? 0));
  const startedMs = performance.now();
  await using store = await openSqliteStore({ path, log });
  let tidyMs = 0;
  let longestMs = 0;
  const tidy = async (): Promise<boolean> => {
    const beginMs = performance.now();
    const more = await store.tidy();
    const tookMs = performance.now() - beginMs;
    tidyMs += tookMs;
    longestMs = Math.max(longestMs, tookMs);
    return more;
  };
  for (let begin = 0; begin < tasks; begin += BATCH_TASKS) {
    const indexes = Array.from({ length: Math.min(BATCH_TASKS, tasks - begin) }, (_, n) => begin + n);
    const before = indexes
      .map(sampleTaskBefore)
      .filter((task) => task !== null)
      .map((task) => shifted(task, shiftS));
    await store.write({ tasks: before, workers: [] });
    const ended = indexes.map((index) => shifted(sampleTask(index), shiftS));
    await store.write({
      tasks: ended,
      workers: [],
      tallies: sumTallies(ended.flatMap((task) => tallyChange(undefined, task))),
    });
    await tidy();
  }
  while (await tidy());
  const seconds = (performance.now() - startedMs) / 1_000;
  const { sizeBytes } = await store.facts();
  print(
    `${tasks.toLocaleString('en')} tasks written in ${seconds.toFixed(0)} s, ${(tidyMs / 1_000).toFixed(0)} s of it upkeep in steps of at most ${longestMs.toFixed(0)} ms; ${(sizeBytes / tasks).toFixed(0)} bytes a task`,
  );
  return { tasks, shiftS };
}

/** The task that the history has for an index of sample-history.ts. */
export function historyTask({ shiftS }: FilledHistory, index: number): TaskRecord {
  return shifted(sampleTask(index), shiftS);
}

const TIMES = ['received', 'started', 'succeeded', 'failed', 'sent'] as const;

function shifted(task: TaskRecord, shiftS: number): TaskRecord {
  const moved = { ...task, timestamp: task.timestamp + shiftS };
  for (const time of TIMES) {
    const at = task[time];
    if (at !== null) moved[time] = at + shiftS;
  }
  return moved;
}
