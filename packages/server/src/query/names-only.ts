// A query of somebody who may not see the values of tasks. Asking whether a value holds a text is seeing it, letter by letter; so such
// a query speaks of names, ids, states and times alone.
import { isTypeName } from '../failures/exception-type.ts';
import type { TaskCondition, TextField } from './task-condition.ts';

const VALUES: ReadonlySet<TextField> = new Set(['args', 'kwargs', 'result', 'traceback', 'exception']);

/** The first field of values that the query asks about; null when it can be answered to anybody. The type of an exception is no value. */
export function valueFieldIn(condition: TaskCondition): TextField | null {
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const one of condition.of) {
        const field = valueFieldIn(one);
        if (field !== null) return field;
      }
      return null;
    case 'not':
      return valueFieldIn(condition.of);
    case 'path':
      return condition.of;
    case 'text': {
      const { field, match, text } = condition;
      if (field === 'exception' && match === 'is' && isTypeName(text)) return null;
      return VALUES.has(field) ? field : null;
    }
    default:
      return null;
  }
}

/** The same query, whose words look in names and ids alone. What `valueFieldIn` finds has to be refused besides. */
export function namesOnly(condition: TaskCondition): TaskCondition {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return { ...condition, of: condition.of.map(namesOnly) };
    case 'not':
      return { ...condition, of: namesOnly(condition.of) };
    case 'word':
      return { ...condition, in: 'names' };
    default:
      return condition;
  }
}
