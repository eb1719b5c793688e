// A query without what it says of one field: for counting the choices that the field has beside the one that was made.
import type { FacetField } from '../store/task-counts.ts';
import type { TaskCondition } from '../query/task-condition.ts';

/** Only conditions at the top level are choices; what stands in an OR or deeper stays. */
export function withoutFacet(query: TaskCondition | undefined, field: FacetField): TaskCondition | undefined {
  if (query === undefined || isChoice(query, field)) return undefined;
  if (query.kind !== 'all') return query;
  const [first, second, ...rest] = query.of.filter((one) => !isChoice(one, field));
  return second === undefined || first === undefined ? first : { kind: 'all', of: [first, second, ...rest] };
}

function isChoice(condition: TaskCondition, field: FacetField): boolean {
  switch (condition.kind) {
    case 'not':
      return isChoice(condition.of, field);
    case 'one-of':
    case 'text':
      return condition.field === field;
    default:
      return false;
  }
}
