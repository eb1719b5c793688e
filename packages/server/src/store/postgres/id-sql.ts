// Conditions on the ids of a task, its root and its parent: exact, or by their first characters.
import { isShortId, SHORT_ID } from '../../query/short-id.ts';
import { bind, raw, type Sql, sql } from './sql.ts';
import { taskKey } from './task-key.ts';
import { any, exactly, known, type Verdict } from './verdict.ts';

/** The id is one of these, all of it. */
export function isTask(uuids: readonly string[]): Verdict {
  return exactly(sql`(id = ANY(ARRAY(SELECT k.id FROM task_keys k WHERE k.key = ANY(${keysOf(uuids)}))))`);
}

/** The root is this very task, all of the id. */
export function isRooted(roots: readonly string[]): Verdict {
  // As the index over roots is limited to others' tasks; the root itself is found by its own key.
  return any([
    known(sql`(root = ANY(${keysOf(roots)}) AND root <> key)`),
    all2(isTask(roots), raw('coalesce(root = key, false)')),
  ]);
}

/** One of the values, or begins with one that is short: of ids that look like UUIDs (short-id.ts). */
export function idVerdict(field: 'id' | 'root' | 'parent', values: readonly string[]): Verdict {
  const whole =
    field === 'id'
      ? isTask(values)
      : field === 'root'
        ? isRooted(values)
        : known(sql`(parent IS NOT NULL AND parent = ANY(${keysOf(values)}))`);
  const short = [...new Set(values.filter(isShortId))];
  return any([whole, ...short.map((value) => beginsWith(field, value))]);
}

/** Odd ids stand as they are in a column of their own; the others are their keys, which are sorted. */
function beginsWith(field: 'id' | 'root' | 'parent', value: string): Verdict {
  const between = (column: string) =>
    sql`${column} BETWEEN ${bind(`${value}-0000-0000-0000-000000000000`, 'uuid')} AND ${bind(`${value}-ffff-ffff-ffff-ffffffffffff`, 'uuid')}`;
  const either = (odd: string, found: Sql): Verdict =>
    any([
      known(
        sql`(${odd} IS NOT NULL AND left(${odd}, ${raw(String(SHORT_ID))}) = ${bind(value, 'text')} AND ${odd} ~ '^[0-9a-f]{8}-[0-9a-f]{4}-')`,
      ),
      known(sql`(${odd} IS NULL AND ${found})`),
    ]);
  const keys = sql`id = ANY(ARRAY(SELECT k.id FROM task_keys k WHERE ${between('k.key')}))`;
  if (field === 'id') return either('uuid_text', keys);
  if (field === 'parent') return either('parent_text', sql`parent IS NOT NULL AND ${between('parent')}`);
  return any([
    all2(either('root_text', between('root')), raw('coalesce(root <> key, false)')),
    all2(either('uuid_text', keys), raw('coalesce(root = key, false)')),
  ]);
}

function all2(verdict: Verdict, condition: Sql): Verdict {
  return exactly(sql`(${verdict.possible} AND ${condition})`);
}

function keysOf(uuids: readonly string[]): Sql {
  return bind(uuids.map(taskKey), 'uuid[]');
}
