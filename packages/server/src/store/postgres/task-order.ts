// The orders of lists: what tasks are sorted by, and the SQL of a place between two of them.
import type { SortField, TaskPlace } from '../store.ts';
import { LABEL_KINDS } from './labels.ts';
import { bind, joined, raw, type Sql, sql } from './sql.ts';

/** What the order goes by, one after the other. Equal tasks follow the time at which they were received, newest first. */
export interface OrderKey {
  readonly sql: string;
  readonly type: 'float8' | 'text' | 'bigint';
  readonly descending: boolean;
  /** Tasks without it come last, whatever the direction. */
  readonly mayLack: boolean;
}

export interface TaskOrder {
  readonly keys: readonly OrderKey[];
  /** To be joined with `tasks`; '' when nothing is needed. */
  readonly join: string;
}

/** Texts of tasks are told apart by their first characters: nobody sorts by more, and a place has to hold them. */
const SORTED_CHARS = 200;
const LONG_TEXTS: readonly string[] = [
  'args',
  'kwargs',
  'result',
  'exception',
  'traceback',
  'eta',
  'expires',
];
const ALWAYS_THERE: readonly string[] = ['uuid', 'state', 'retries', 'timestamp', 'clock'];

export function orderOf(sortBy: SortField, descending: boolean): TaskOrder {
  const position: OrderKey = { sql: 'position', type: 'float8', descending: true, mayLack: false };
  const id: OrderKey = { sql: 'id', type: 'bigint', descending: true, mayLack: false };
  if (sortBy === 'received') {
    if (descending) return { keys: [position, id], join: '' };
    // What was not received comes last in this direction too.
    const isUnreceived: OrderKey = { ...position, sql: '(position < 0)::int::float8', descending: false };
    return {
      keys: [isUnreceived, { ...position, descending: false }, { ...id, descending: false }],
      join: '',
    };
  }
  const isLabel = (LABEL_KINDS as readonly string[]).includes(sortBy);
  const isText = isLabel || LONG_TEXTS.includes(sortBy) || sortBy === 'uuid' || sortBy.endsWith('_id');
  const first: OrderKey = {
    sql: isLabel ? 'label_text' : expressionOf(sortBy),
    type: isText ? 'text' : 'float8',
    descending,
    mayLack: !ALWAYS_THERE.includes(sortBy),
  };
  const join = isLabel
    ? `LEFT JOIN (SELECT id AS label_id, left(text, ${SORTED_CHARS}) AS label_text FROM labels WHERE kind = '${sortBy}') AS sorting ON label_id = ${sortBy}`
    : '';
  return { keys: [first, position, id], join };
}

function expressionOf(sortBy: Exclude<SortField, 'received'>): string {
  if (sortBy === 'uuid') return `left(coalesce(uuid_text, key::text), ${SORTED_CHARS}) COLLATE "C"`;
  if (sortBy === 'root_id') {
    return `left(CASE WHEN root = key THEN coalesce(uuid_text, key::text) ELSE coalesce(root_text, root::text) END, ${SORTED_CHARS}) COLLATE "C"`;
  }
  if (sortBy === 'parent_id') return `left(coalesce(parent_text, parent::text), ${SORTED_CHARS}) COLLATE "C"`;
  if (LONG_TEXTS.includes(sortBy)) return `left(${sortBy}, ${SORTED_CHARS})`;
  return sortBy;
}

/** ORDER BY, in the list's own direction or turned round. */
export function orderBy({ keys }: TaskOrder, turned: boolean): string {
  return keys
    .map(({ sql: column, descending, mayLack }) => {
      const direction = descending === turned ? 'ASC' : 'DESC';
      return `${column} ${direction}${mayLack ? ` NULLS ${turned ? 'FIRST' : 'LAST'}` : ''}`;
    })
    .join(', ');
}

/** SELECT list of what a place holds. */
export function placeColumns({ keys }: TaskOrder): string {
  return keys.map(({ sql: column }, index) => `${column} AS place_${index}`).join(', ');
}

type PlaceValue = string | number | null;
export type PlaceRow = Readonly<Record<`place_${number}`, PlaceValue>>;

export function placeOf({ keys }: TaskOrder, row: PlaceRow): string {
  const values = keys.map((_, index) => row[`place_${index}`] ?? null);
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * SQL that is true beyond the place.
 * @throws RangeError for a place that no such list has told
 */
export function beyond(order: TaskOrder, { place, side }: TaskPlace): Sql {
  const values = readPlace(order, place);
  const isAfter = side === 'after';
  const alternatives: Sql[] = [];
  const equal: Sql[] = [];
  for (const [index, { sql: column, type, descending, mayLack }] of order.keys.entries()) {
    const value = values[index] ?? null;
    if (value === null) {
      // Those without come last: nothing is after them, everything else before.
      alternatives.push(joined([...equal, raw(isAfter ? 'false' : `${column} IS NOT NULL`)], ' AND '));
      equal.push(raw(`${column} IS NULL`));
      continue;
    }
    const bound = bind(value, type);
    const isFurther = sql`${column} ${descending === isAfter ? '<' : '>'} ${bound}`;
    const further = mayLack && isAfter ? sql`(${isFurther} OR ${column} IS NULL)` : isFurther;
    alternatives.push(joined([...equal, further], ' AND '));
    equal.push(sql`${column} = ${bound}`);
  }
  const exact = sql`((${joined(alternatives, ') OR (')}))`;
  const [first] = order.keys;
  const value = values[0] ?? null;
  if (first === undefined || value === null || (first.mayLack && isAfter)) return exact;
  // Said once more for the index.
  const ahead = first.descending === isAfter ? '<=' : '>=';
  return sql`(${first.sql} ${ahead} ${bind(value, first.type)} AND ${exact})`;
}

function readPlace({ keys }: TaskOrder, place: string): PlaceValue[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(place, 'base64url').toString());
  } catch {
    // said below
  }
  const fits =
    Array.isArray(values) &&
    values.length === keys.length &&
    keys.every(({ type, mayLack }, index) => {
      const value: unknown = (values as unknown[])[index];
      if (value === null) return mayLack;
      if (type === 'text') return typeof value === 'string' && !value.includes('\0');
      return type === 'bigint' ? Number.isSafeInteger(value) : typeof value === 'number';
    });
  if (!fits) throw new RangeError('this place belongs to no list of this order');
  return values as PlaceValue[];
}
