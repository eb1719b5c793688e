// Conditions on the texts of the tasks themselves: grams say where they may be, the row settles it.
import { foldText } from '../../../query/fold-case.ts';
import { needlesOf } from '../../../query/path-needles.ts';
import type { PathCondition, TextCondition, WordCondition } from '../../../query/task-condition.ts';
import { HAS } from '../columns/chunk.ts';
import { hasEvaluator } from './flag-evaluators.ts';
import { labelEvaluator } from './label-evaluators.ts';
import { allOf, anyOf, type Evaluator, MAYBE, NO, notOf, verdictBuffer, YES } from './verdict.ts';

const maybe: Evaluator = () => MAYBE;

/** Where id, args, kwargs, result or exception may hold the text. */
function gramEvaluator(text: string): Evaluator {
  const folded = foldText(text);
  const buffer = verdictBuffer();
  return (chunk) => {
    const may = chunk.grams()?.mayContain(folded) ?? null;
    if (may === null) return MAYBE;
    const verdict = buffer(chunk.rows);
    let any = false;
    for (let row = 0; row < verdict.length; row++) {
      const one = may[row] === 1;
      any ||= one;
      verdict[row] = one ? MAYBE : NO;
    }
    return any ? verdict : NO;
  };
}

/** Only what may be is left: what an index finds is never certain, because it knows texts only together. */
function mayHold(text: string): Evaluator {
  return text === '' ? maybe : gramEvaluator(text);
}

export function wordEvaluator({ text }: WordCondition, textOf: (id: number) => string): Evaluator {
  const folded = foldText(text);
  const inName = labelEvaluator('name', textOf, (name) =>
    name !== null && foldText(name).includes(folded) ? YES : NO,
  );
  return anyOf([inName, gramEvaluator(text)]);
}

/** Of fields that are no labels. */
export function textEvaluator({
  field,
  match,
  text,
}: TextCondition & { readonly field: 'args' | 'kwargs' | 'result' | 'traceback' | 'exception' }): Evaluator {
  if (field === 'traceback' || field === 'result') {
    const has = hasEvaluator(HAS[field]);
    if (match === 'is' && text === '') return notOf(has);
    return allOf([has, field === 'result' ? mayHold(text) : maybe]);
  }
  return mayHold(text);
}

export function pathEvaluator(condition: PathCondition): Evaluator {
  const needles = needlesOf(condition);
  return needles.length === 0 ? maybe : allOf(needles.map(gramEvaluator));
}
