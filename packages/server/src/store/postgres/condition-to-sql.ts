// A condition as SQL. Its meaning is query/match-task.ts's and filter-condition.ts's; what SQL cannot say is left between possible and
// certain.
import { foldText } from '../../query/fold-case.ts';
import { deploymentOf } from '../../query/deployment.ts';
import type { QueryContext } from '../../query/query-context.ts';
import type {
  ListCondition,
  NumberCondition,
  PartCondition,
  TextCondition,
  TimeCondition,
} from '../../query/task-condition.ts';
import { isTypeName } from '../../failures/exception-type.ts';
import type { StoreCondition } from '../filter-condition.ts';
import { matchesAny } from '../name-pattern.ts';
import { flagVerdict } from './flag-sql.ts';
import { idVerdict, isRooted } from './id-sql.ts';
import { hasLabel, labelIsEmpty, type Lexicon, labelWhere } from './label-sql.ts';
import { longTextVerdict, pathVerdict, wordVerdict } from './search-words.ts';
import { bind, raw, sql } from './sql.ts';
import { all, any, exactly, known, not, type Verdict } from './verdict.ts';

export async function conditionToSql(
  lexicon: Lexicon,
  condition: StoreCondition,
  context: QueryContext,
): Promise<Verdict> {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts: Verdict[] = [];
      for (const one of condition.of) parts.push(await conditionToSql(lexicon, one, context));
      return condition.kind === 'all' ? all(parts) : any(parts);
    }
    case 'not':
      return not(await conditionToSql(lexicon, condition.of, context));
    case 'named':
      return hasLabel(condition.field, await lexicon.find(condition.field, condition.values));
    case 'like':
      return labelWhere(lexicon, condition.field, (text) => matchesAny(condition.patterns, text));
    case 'received-within':
      // Positions below 0 belong to tasks without a received time, which no window holds.
      return exactly(
        sql`(position >= ${bind(Math.max(0, condition.from), 'float8')} AND position <= ${bind(condition.to, 'float8')})`,
      );
    case 'rooted':
      return isRooted([condition.root]);
    case 'word':
      return wordVerdict(lexicon, condition.text, condition.in);
    case 'text':
      return textVerdict(lexicon, condition);
    case 'path':
      return pathVerdict(condition);
    case 'one-of':
      return listVerdict(lexicon, condition);
    case 'number':
      return numberVerdict(condition);
    case 'time':
      return timeVerdict(condition);
    case 'is':
      return flagVerdict(lexicon, condition.flag, context);
    default:
      return partVerdict(condition);
  }
}

async function textVerdict(lexicon: Lexicon, condition: TextCondition): Promise<Verdict> {
  const { field, match, text } = condition;
  if (field !== 'name' && field !== 'worker' && field !== 'queue') {
    // People know an exception by its type.
    if (field === 'exception' && match === 'is' && isTypeName(text)) {
      return hasLabel('exception_type', await lexicon.find('exception_type', [text]));
    }
    return longTextVerdict(field, condition);
  }
  if (match === 'is') {
    return text === '' ? labelIsEmpty(lexicon, field) : hasLabel(field, await lexicon.find(field, [text]));
  }
  const folded = foldText(text);
  return labelWhere(lexicon, field, (own) =>
    match === 'starts' ? foldText(own).startsWith(folded) : foldText(own).includes(folded),
  );
}

async function listVerdict(lexicon: Lexicon, { field, values }: ListCondition): Promise<Verdict> {
  if (field === 'id' || field === 'root' || field === 'parent') return idVerdict(field, values);
  if (field === 'group') {
    return labelWhere(lexicon, 'worker', (worker) => values.includes(deploymentOf(worker)));
  }
  return hasLabel(field, await lexicon.find(field, values));
}

const COMPARISONS = { is: '=', above: '>', 'at-least': '>=', below: '<', 'at-most': '<=' } as const;

function numberVerdict({ field, compare, value }: NumberCondition): Verdict {
  return known(sql`(${field} ${COMPARISONS[compare]} ${bind(value, 'float8')})`);
}

function timeVerdict({ field, from, to }: TimeCondition): Verdict {
  const column = field === 'received' ? 'position' : field === 'eta' ? 'eta_at' : field;
  const parts: Verdict[] = [];
  if (field === 'received' && (from === null || from < 0)) parts.push(exactly(raw('(position >= 0)')));
  if (from !== null) parts.push(known(sql`(${column} >= ${bind(from, 'float8')})`));
  if (to !== null) parts.push(known(sql`(${column} < ${bind(to, 'float8')})`));
  return parts.length === 0 ? exactly(raw(`(${column} IS NOT NULL)`)) : all(parts);
}

function partVerdict({ part }: PartCondition): Verdict {
  switch (part) {
    case 'children':
      return exactly(raw('EXISTS (SELECT FROM tasks child WHERE child.parent = tasks.key)'));
    case 'parent':
      return exactly(raw("(parent IS NOT NULL AND coalesce(parent_text, '-') <> '')"));
    default:
      return exactly(raw(`(coalesce(${part}, '') <> '')`));
  }
}
