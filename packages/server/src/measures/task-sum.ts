// Adds up what the changes of many tasks add to the counts, as one batch of them is written. Tasks of the same name, worker and queue are
// summed together first, and by label only in the end: a flood has many tasks and few of those.
import { type CountedTask, MINUTE_S, NONE } from './counted-task.ts';
import { histogramOf } from './histogram.ts';
import { createTallySum } from './sum-tallies.ts';
import type { COUNTS, Tally, TallyKind } from './tally.ts';

type Count = (typeof COUNTS)[number];

interface OpenMinute {
  readonly at: number;
  readonly counts: Record<Count, number>;
  /** Whole, so that what is taken back leaves nothing. */
  runMicroseconds: number;
  readonly run: Map<number, number>;
  readonly wait: Map<number, number>;
}

/** Tasks that count for the same labels. */
interface Group {
  readonly labels: readonly (readonly [TallyKind, string])[];
  readonly minutes: Map<number, OpenMinute>;
  last: OpenMinute | undefined;
}

export interface TaskSum {
  /** One task was counted as `before` (undefined: not at all) and is to be counted as `after`. */
  change(before: CountedTask | undefined, after: CountedTask): void;
  /** By time, kind and label; what came to nothing is left out. */
  tallies(): Tally[];
}

export function createTaskSum(): TaskSum {
  const groups = new Map<string | null, Map<string | null, Map<string | null, Group>>>();
  const failures = new Map<string, Group>();

  const groupOf = ({ name, worker, queue }: CountedTask): Group => {
    let workers = groups.get(name);
    if (workers === undefined) groups.set(name, (workers = new Map()));
    let queues = workers.get(worker);
    if (queues === undefined) workers.set(worker, (queues = new Map()));
    let group = queues.get(queue);
    if (group === undefined) {
      const labels: [TallyKind, string][] = [['all', '']];
      if (name !== null) labels.push(['name', name]);
      if (worker !== null) labels.push(['worker', worker]);
      if (queue !== null) labels.push(['queue', queue]);
      queues.set(queue, (group = { labels, minutes: new Map(), last: undefined }));
    }
    return group;
  };

  const failureOf = ({ failure }: CountedTask): Group | undefined => {
    if (failure === null) return undefined;
    let group = failures.get(failure);
    if (group === undefined) {
      group = { labels: [['failure', failure]], minutes: new Map(), last: undefined };
      failures.set(failure, group);
    }
    return group;
  };

  return {
    change(before, after) {
      const from = before === undefined ? undefined : groupOf(before);
      const to = groupOf(after);
      const was = before ?? after;
      // Field by field and not in a loop over their names, which takes three times as long.
      move('received', from, was.received, to, after.received);
      move('started', from, was.started, to, after.started);
      move('succeeded', from, was.succeeded, to, after.succeeded);
      move('failed', from, was.failed, to, after.failed);
      move('retried', from, was.retried, to, after.retried);
      move('revoked', from, was.revoked, to, after.revoked);
      if (from !== to || !isSameRun(was, after)) {
        if (from !== undefined) addRun(from, was, -1);
        addRun(to, after, 1);
      }
      if (from !== to || !isSameWait(was, after)) {
        if (from !== undefined) addWait(from, was, -1);
        addWait(to, after, 1);
      }
      const failing = before === undefined ? undefined : failureOf(before);
      const failed = failureOf(after);
      move('failed', failing, was.failed, failed, after.failed);
      move('retried', failing, was.retried, failed, after.retried);
    },
    tallies() {
      const sum = createTallySum();
      const add = ({ labels, minutes }: Group) => {
        for (const { at, counts, runMicroseconds, run, wait } of minutes.values()) {
          const spans = { runSeconds: runMicroseconds / 1e6, run: histogramOf(run), wait: histogramOf(wait) };
          for (const [kind, label] of labels) sum.add({ kind, label, at, counts, ...spans });
        }
      };
      for (const workers of groups.values())
        for (const queues of workers.values()) for (const group of queues.values()) add(group);
      for (const group of failures.values()) add(group);
      return sum.tallies();
    },
  };
}

/** One change of state was in the minute `was` of a group, and is in `is` of another one. Without a group it is counted nowhere. */
function move(what: Count, from: Group | undefined, was: number, to: Group | undefined, is: number): void {
  if (was === is && from === to) return;
  if (was !== NONE && from !== undefined) open(from, was).counts[what]--;
  if (is !== NONE && to !== undefined) open(to, is).counts[what]++;
}

function addRun(group: Group, { ended, runBucket, runMicroseconds }: CountedTask, sign: 1 | -1): void {
  if (ended === NONE || runBucket === NONE) return;
  const minute = open(group, ended);
  minute.runMicroseconds += sign * runMicroseconds;
  minute.run.set(runBucket, (minute.run.get(runBucket) ?? 0) + sign);
}

function addWait(group: Group, { started, waitBucket }: CountedTask, sign: 1 | -1): void {
  if (started === NONE || waitBucket === NONE) return;
  const { wait } = open(group, started);
  wait.set(waitBucket, (wait.get(waitBucket) ?? 0) + sign);
}

function isSameRun(a: CountedTask, b: CountedTask): boolean {
  return a.ended === b.ended && a.runBucket === b.runBucket && a.runMicroseconds === b.runMicroseconds;
}

function isSameWait(a: CountedTask, b: CountedTask): boolean {
  return a.started === b.started && a.waitBucket === b.waitBucket;
}

function open(group: Group, minute: number): OpenMinute {
  const at = minute * MINUTE_S;
  if (group.last?.at === at) return group.last;
  let opened = group.minutes.get(at);
  if (opened === undefined) {
    opened = {
      at,
      counts: { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 },
      runMicroseconds: 0,
      run: new Map(),
      wait: new Map(),
    };
    group.minutes.set(at, opened);
  }
  group.last = opened;
  return opened;
}
