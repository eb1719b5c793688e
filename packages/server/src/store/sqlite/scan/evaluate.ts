// A tree of conditions ▶ what columns say of each row of a chunk. Never says no of a row that meets the condition, nor yes of one that
// does not (query/match-task.ts and filter-condition.ts are the measure); maybe is left to them.
import { deploymentOf } from '../../../query/deployment.ts';
import { foldText } from '../../../query/fold-case.ts';
import { isTypeName } from '../../../failures/exception-type.ts';
import type { QueryContext } from '../../../query/query-context.ts';
import type { ListCondition, TextCondition, TimeCondition } from '../../../query/task-condition.ts';
import type { StoreCondition } from '../../filter-condition.ts';
import { matchesAny } from '../../name-pattern.ts';
import { HAS } from '../columns/chunk.ts';
import { flagEvaluator, hasEvaluator } from './flag-evaluators.ts';
import { failureLabelEvaluator, labelEvaluator } from './label-evaluators.ts';
import { intervalOf, numberEvaluator, receivedEvaluator } from './number-evaluators.ts';
import { rowSetEvaluator } from './row-set-evaluator.ts';
import { pathEvaluator, textEvaluator, wordEvaluator } from './text-evaluators.ts';
import { allOf, anyOf, type Evaluator, MAYBE, NO, notOf, YES } from './verdict.ts';

/** What the database knows besides columns. */
export interface ScanEnvironment {
  readonly known: QueryContext;
  /** Text of a label. */
  readonly textOf: (id: number) => string;
  /** Rows of the tasks with one of these ids (or beginnings of 8 characters) as their id, root or parent; null: too many. */
  readonly rowsOf: (field: 'id' | 'root' | 'parent', ids: readonly string[]) => ReadonlySet<number> | null;
}

export function evaluatorOf(condition: StoreCondition, environment: ScanEnvironment): Evaluator {
  const { textOf, rowsOf, known } = environment;
  switch (condition.kind) {
    case 'all':
      return allOf(byCost(condition.of).map((one) => evaluatorOf(one, environment)));
    case 'any':
      return anyOf(byCost(condition.of).map((one) => evaluatorOf(one, environment)));
    case 'not':
      return notOf(evaluatorOf(condition.of, environment));
    case 'named': {
      const values = new Set(condition.values);
      return labelEvaluator(condition.field, textOf, (text) =>
        text !== null && values.has(text) ? YES : NO,
      );
    }
    case 'like':
      return labelEvaluator(condition.field, textOf, (text) =>
        text !== null && matchesAny(condition.patterns, text) ? YES : NO,
      );
    case 'received-within':
      return receivedEvaluator({ min: condition.from, max: condition.to });
    case 'rooted':
      return rowSetEvaluator(rowsOf('root', [condition.root]));
    case 'word':
      return condition.in === 'names'
        ? namesEvaluator(condition.text, textOf)
        : wordEvaluator(condition, textOf);
    case 'text':
      return textConditionEvaluator(condition, textOf);
    case 'path':
      return pathEvaluator(condition);
    case 'one-of':
      return listEvaluator(condition, environment);
    case 'number':
      return numberEvaluator(condition.field, intervalOf(condition));
    case 'time':
      return timeEvaluator(condition);
    case 'is':
      return flagEvaluator(condition.flag, {
        known,
        textOf,
        revokingRows: () => rowSetEvaluator(rowsOf('id', [...known.revoking])),
      });
    default:
      return condition.part === 'children' ? () => MAYBE : hasEvaluator(HAS[condition.part]);
  }
}

/** Labels and numbers settle most rows before any text is looked for. */
function byCost(conditions: readonly StoreCondition[]): StoreCondition[] {
  return conditions.toSorted((a, b) => costOf(a) - costOf(b));
}

function costOf(condition: StoreCondition): number {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.reduce((most, one) => Math.max(most, costOf(one)), 0);
    case 'not':
      return costOf(condition.of);
    case 'word':
    case 'path':
      return 3;
    case 'text':
      return condition.field === 'name' || condition.field === 'worker' || condition.field === 'queue'
        ? 1
        : 3;
    case 'named':
    case 'like':
    case 'one-of':
    case 'rooted':
      return 0;
    default:
      return 2;
  }
}

/** The name holds it, or perhaps the id. */
function namesEvaluator(text: string, textOf: (id: number) => string): Evaluator {
  return wordEvaluator({ kind: 'word', text }, textOf);
}

function textConditionEvaluator(condition: TextCondition, textOf: (id: number) => string): Evaluator {
  const { field, match, text } = condition;
  switch (field) {
    case 'name':
    case 'worker':
    case 'queue': {
      if (match === 'is') return labelEvaluator(field, textOf, (own) => ((own ?? '') === text ? YES : NO));
      const folded = foldText(text);
      return labelEvaluator(field, textOf, (own) => {
        if (own === null) return NO;
        const ownFolded = foldText(own);
        return (match === 'starts' ? ownFolded.startsWith(folded) : ownFolded.includes(folded)) ? YES : NO;
      });
    }
    case 'exception':
      if (match === 'is' && isTypeName(text)) {
        return failureLabelEvaluator('exception_type', textOf, (own) => own === text);
      }
      return textEvaluator({ ...condition, field });
    default:
      return textEvaluator({ ...condition, field });
  }
}

function listEvaluator({ field, values }: ListCondition, environment: ScanEnvironment): Evaluator {
  const { textOf, rowsOf } = environment;
  const wanted = new Set(values);
  switch (field) {
    case 'state':
      return labelEvaluator('state', textOf, (own) => (own !== null && wanted.has(own) ? YES : NO));
    case 'group':
      return labelEvaluator('worker', textOf, (own) =>
        own !== null && wanted.has(deploymentOf(own)) ? YES : NO,
      );
    case 'fp':
      return failureLabelEvaluator('fp', textOf, (own) => wanted.has(own));
    default:
      return rowSetEvaluator(rowsOf(field, values));
  }
}

function timeEvaluator({ field, from, to }: TimeCondition): Evaluator {
  const interval = { min: from ?? -Infinity, max: to ?? Infinity, belowMax: to !== null };
  return field === 'received' ? receivedEvaluator(interval) : numberEvaluator(field, interval);
}
