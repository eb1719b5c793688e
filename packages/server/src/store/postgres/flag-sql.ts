// `is:` conditions: the same meaning as query/task-flags.ts.
import { isCustomState, READY_STATES } from '@umbel/celery';
import type { QueryContext } from '../../query/query-context.ts';
import type { Flag } from '../../query/task-condition.ts';
import type { Stage } from '../../query/task-flags.ts';
import { isTask } from './id-sql.ts';
import { type Lexicon, labelWhere } from './label-sql.ts';
import { bind, raw, sql } from './sql.ts';
import { all, any, exactly, known, NEVER, not, UNKNOWN, type Verdict } from './verdict.ts';

const WAS_RETRIED = exactly(raw('(retries > 0 OR retried IS NOT NULL)'));
/** Quotes within a text of the JSON have a backslash before them. */
const IS_REQUEUED = exactly(raw(`(coalesce(rest, '') LIKE '%"requeue":true%')`));

export async function flagVerdict(lexicon: Lexicon, flag: Flag, context: QueryContext): Promise<Verdict> {
  const hasState = (test: (state: string) => boolean) => labelWhere(lexicon, 'state', test);
  switch (flag) {
    case 'running':
    case 'waiting':
    case 'scheduled':
    case 'lost':
      return stageVerdict(lexicon, flag, context);
    case 'retried':
      return WAS_RETRIED;
    case 'recovered':
      return all([
        await hasState((state) => state === 'SUCCESS'),
        any([exactly(raw('(failed IS NOT NULL)')), WAS_RETRIED]),
      ]);
    case 'revoking':
      return context.revoking.size === 0
        ? NEVER
        : all([isTask([...context.revoking]), exactly(raw('(finished IS NULL)'))]);
    case 'cut':
      return exactly(raw('cut'));
    case 'slow':
      return slowVerdict(lexicon, context);
    case 'rerun':
      return NEVER;
    default:
      return UNKNOWN;
  }
}

async function stageVerdict(lexicon: Lexicon, wanted: Stage, context: QueryContext): Promise<Verdict> {
  const hasState = (test: (state: string) => boolean) => labelWhere(lexicon, 'state', test);
  const isRunning = await hasState((state) => state === 'STARTED' || isCustomState(state));
  const isReceived = await hasState((state) => state === 'RECEIVED');
  const isRejected = await hasState((state) => state === 'REJECTED');
  const isGone = await labelWhere(lexicon, 'worker', (worker) => context.goneWorkers.has(worker));
  if (wanted === 'lost') return all([any([isRunning, isReceived]), isGone]);
  if (wanted === 'running') return all([isRunning, not(isGone)]);
  const isOpen = await hasState(
    (state) =>
      !READY_STATES.has(state) && state !== 'REJECTED' && state !== 'STARTED' && !isCustomState(state),
  );
  const waits = all([isOpen, not(all([isReceived, isGone]))]);
  const isLater = known(sql`(eta_at > ${bind(context.nowS, 'float8')})`);
  if (wanted === 'scheduled') return all([waits, isLater]);
  return any([all([waits, not(isLater)]), all([isRejected, IS_REQUEUED])]);
}

/** Names have different limits: their ids and limits are a small table. */
async function slowVerdict(lexicon: Lexicon, context: QueryContext): Promise<Verdict> {
  const names = (await lexicon.held('name')).filter(({ text }) => context.slowAboveS.has(text));
  if (names.length === 0) return NEVER;
  const limits = names.map(({ text }) => context.slowAboveS.get(text));
  const running = await stageVerdict(lexicon, 'running', context);
  const isSlow = sql`(run > above.seconds OR (run IS NULL AND ${bind(context.nowS, 'float8')} - started > above.seconds AND ${running.possible}))`;
  return exactly(
    sql`EXISTS (SELECT FROM unnest(${bind(
      names.map(({ id }) => id),
      'int[]',
    )}, ${bind(limits, 'float8[]')}) AS above(of_name, seconds) WHERE of_name = name AND ${isSlow})`,
  );
}
