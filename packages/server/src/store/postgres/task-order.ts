// The orders of lists: what tasks are sorted by, and the SQL of a place between two of them.
import type { SortField, TaskPlace } from '../store.ts';
import type { Binder } from './binder.ts';
import { LABEL_KINDS } from './labels.ts';

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
    .map(({ sql, descending, mayLack }) => {
      const direction = descending === turned ? 'ASC' : 'DESC';
      return `${sql} ${direction}${mayLack ? ` NULLS ${turned ? 'FIRST' : 'LAST'}` : ''}`;
    })
    .join(', ');
}

/** SELECT list of what a place holds. */
export function placeColumns({ keys }: TaskOrder): string {
  return keys.map(({ sql }, index) => `${sql} AS place_${index}`).join(', ');
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
export function beyond(order: TaskOrder, binder: Binder, { place, side }: TaskPlace): string {
  const values = readPlace(order, place);
  const alternatives: string[] = [];
  const equal: string[] = [];
  for (const [index, { sql, type, descending, mayLack }] of order.keys.entries()) {
    const value = values[index] ?? null;
    const isAfter = side === 'after';
    let further: string;
    if (value === null) {
      // Those without come last: nothing is after them, everything else before.
      further = isAfter ? 'false' : `${sql} IS NOT NULL`;
      alternatives.push([...equal, further].join(' AND '));
      equal.push(`${sql} IS NULL`);
      continue;
    }
    const bound = binder.bind(value, type);
    further = `${sql} ${descending === isAfter ? '<' : '>'} ${bound}`;
    if (mayLack && isAfter) further = `(${further} OR ${sql} IS NULL)`;
    alternatives.push([...equal, further].join(' AND '));
    equal.push(`${sql} = ${bound}`);
  }
  const exact = `(${alternatives.map((one) => `(${one})`).join(' OR ')})`;
  const [first] = order.keys;
  const value = values[0] ?? null;
  if (first === undefined || value === null || (first.mayLack && side === 'after')) return exact;
  // Said once more for the index.
  const ahead = first.descending === (side === 'after') ? '<=' : '>=';
  return `${first.sql} ${ahead} ${binder.bind(value, first.type)} AND ${exact}`;
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
