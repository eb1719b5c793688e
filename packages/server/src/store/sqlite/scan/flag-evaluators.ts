// `is:` conditions from columns: the same meaning as query/task-flags.ts, which settles what stays open.
import { isCustomState, READY_STATES } from '@umbel/celery';
import type { QueryContext } from '../../../query/query-context.ts';
import type { Flag } from '../../../query/task-condition.ts';
import type { Stage } from '../../../query/task-flags.ts';
import { HAS } from '../columns/chunk.ts';
import { settledLabels } from './label-evaluators.ts';
import { presenceEvaluator } from './number-evaluators.ts';
import { allOf, anyOf, type Evaluator, MAYBE, NO, notOf, verdictBuffer, YES } from './verdict.ts';

export interface FlagEnvironment {
  readonly known: QueryContext;
  readonly textOf: (id: number) => string;
  /** Rows of `known.revoking`. */
  readonly revokingRows: () => Evaluator;
}

export function flagEvaluator(flag: Flag, environment: FlagEnvironment): Evaluator {
  switch (flag) {
    case 'running':
    case 'waiting':
    case 'scheduled':
    case 'lost':
      return stageEvaluator(flag, environment);
    case 'retried':
      return retriedEvaluator();
    case 'recovered': {
      const { textOf } = environment;
      return allOf([
        stateEvaluator(textOf, (state) => state === 'SUCCESS'),
        anyOf([presenceEvaluator('failed'), retriedEvaluator()]),
      ]);
    }
    case 'revoking':
      return allOf([environment.revokingRows(), notOf(presenceEvaluator('finished'))]);
    case 'cut':
      return hasEvaluator(HAS.cut);
    case 'slow':
      return slowEvaluator(environment);
    default:
      return () => NO;
  }
}

/** @param bit one of HAS */
export function hasEvaluator(bit: number): Evaluator {
  const buffer = verdictBuffer();
  return (chunk) => {
    const has = chunk.has();
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++)
      verdict[row] = ((has[row] as number) & bit) === 0 ? NO : YES;
    return verdict;
  };
}

/** Where a state alone puts a task; `open`: its eta says whether it is scheduled. */
type StateStage = 'over' | 'rejected' | 'running' | 'received' | 'open';

function stageOfState(state: string): StateStage {
  if (READY_STATES.has(state)) return 'over';
  if (state === 'REJECTED') return 'rejected';
  if (state === 'STARTED' || isCustomState(state)) return 'running';
  return state === 'RECEIVED' ? 'received' : 'open';
}

function stageEvaluator(wanted: Stage, { known, textOf }: FlagEnvironment): Evaluator {
  const stages = new Map<number, StateStage>();
  const stageOf = (id: number): StateStage => {
    let stage = stages.get(id);
    if (stage === undefined) stages.set(id, (stage = stageOfState(textOf(id))));
    return stage;
  };
  const isGone = settledLabels(textOf, (worker) =>
    worker !== null && known.goneWorkers.has(worker) ? YES : NO,
  );
  const buffer = verdictBuffer();
  return (chunk) => {
    const stateIds = chunk.labelIds('state');
    if (stateIds?.every((id) => id === 0 || stageOf(id) === 'over') === true) return NO;
    const states = chunk.labels('state');
    const workers = chunk.labels('worker');
    const etas = chunk.numbers('eta');
    const stageByCode = Array.from(states.ids, (id) => (id === 0 ? 'open' : stageOf(id)));
    const goneByCode = Array.from(workers.ids, (id) => isGone.of(id) === YES);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) {
      const stage = stageByCode[states.codes[row] as number] as StateStage;
      const gone = goneByCode[workers.codes[row] as number] === true;
      verdict[row] = certaintyOf(wanted, stage, gone, (etas[row] as number) > known.nowS);
    }
    return verdict;
  };
}

function certaintyOf(wanted: Stage, stage: StateStage, workerIsGone: boolean, isAhead: boolean): number {
  if (stage === 'over') return NO;
  // Whether it was put back in the queue stands in the row.
  if (stage === 'rejected') return wanted === 'waiting' ? MAYBE : NO;
  const isLost = workerIsGone && stage !== 'open';
  if (isLost) return wanted === 'lost' ? YES : NO;
  if (stage === 'running') return wanted === 'running' ? YES : NO;
  return wanted === (isAhead ? 'scheduled' : 'waiting') ? YES : NO;
}

export function stateEvaluator(
  textOf: (id: number) => string,
  isMeant: (state: string) => boolean,
): Evaluator {
  const settled = settledLabels(textOf, (state) => (state !== null && isMeant(state) ? YES : NO));
  const buffer = verdictBuffer();
  return (chunk) => {
    if (chunk.labelIds('state')?.every((id) => settled.of(id) === NO) === true) return NO;
    const { ids, codes } = chunk.labels('state');
    const byCode = settled.all(ids);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) verdict[row] = byCode[codes[row] as number] as number;
    return verdict;
  };
}

function retriedEvaluator(): Evaluator {
  const buffer = verdictBuffer();
  return (chunk) => {
    if ((chunk.range('retries')?.max ?? 0) === 0 && chunk.range('retried') === null) return NO;
    const retries = chunk.numbers('retries');
    const retried = chunk.numbers('retried');
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) {
      verdict[row] = (retries[row] as number) > 0 || !Number.isNaN(retried[row]) ? YES : NO;
    }
    return verdict;
  };
}

function slowEvaluator(environment: FlagEnvironment): Evaluator {
  const { known, textOf } = environment;
  const limits = new Map<number, number>();
  const limitOf = (id: number): number => {
    let limit = limits.get(id);
    if (limit === undefined) {
      limit = (id === 0 ? undefined : known.slowAboveS.get(textOf(id))) ?? Infinity;
      limits.set(id, limit);
    }
    return limit;
  };
  const running = stageEvaluator('running', environment);
  const buffer = verdictBuffer();
  return (chunk) => {
    if (chunk.labelIds('name')?.every((id) => limitOf(id) === Infinity) === true) return NO;
    const { ids, codes } = chunk.labels('name');
    const limitByCode = Float64Array.from(ids, limitOf);
    const runs = chunk.numbers('run');
    const started = chunk.numbers('started');
    const isRunning = running(chunk);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) {
      const limit = limitByCode[codes[row] as number] as number;
      const run = runs[row] as number;
      if (!Number.isNaN(run)) verdict[row] = run > limit ? YES : NO;
      else if (known.nowS - (started[row] as number) > limit)
        verdict[row] = typeof isRunning === 'number' ? isRunning : (isRunning[row] as number);
      else verdict[row] = NO;
    }
    return verdict;
  };
}
