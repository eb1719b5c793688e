// `sort_by`: a field of a task, with `-` in front for the other direction.
import { closest } from 'fastest-levenshtein';
import { Type } from 'typebox';
import { InvalidRequest, type Parameter, quote } from './parameter.ts';

/** Fields that a list can be sorted by, as clients write them. The store's list is checked to be the same. */
export const SORT_NAMES = [
  'uuid',
  'name',
  'state',
  'worker',
  'queue',
  'received',
  'sent',
  'started',
  'succeeded',
  'failed',
  'retried',
  'revoked',
  'rejected',
  'runtime',
  'retries',
  'timestamp',
  'args',
  'kwargs',
  'result',
  'exception',
  'traceback',
  'eta',
  'expires',
  'client',
  'root_id',
  'parent_id',
  'exchange',
  'routing_key',
  'clock',
  'finished',
  'wait',
] as const;

/** Flower's second names of two fields. */
const ALIASES: Readonly<Record<string, (typeof SORT_NAMES)[number]>> = {
  root: 'root_id',
  parent: 'parent_id',
};

export interface SortOrder {
  readonly field: (typeof SORT_NAMES)[number];
  readonly descending: boolean;
}

const NEWEST_FIRST: SortOrder = { field: 'received', descending: true };

export function sortOrder(description: string): Parameter<SortOrder> {
  return {
    schema: Type.String({
      description,
      enum: SORT_NAMES.flatMap((name) => [name, `-${name}`]),
      default: '-received',
    }),
    required: false,
    read(given, name) {
      const text = typeof given === 'string' ? given.trim() : given;
      if (text === undefined || text === null) return NEWEST_FIRST;
      const bare = typeof text === 'string' ? text.replace(/^-/, '') : '';
      const wanted = Object.hasOwn(ALIASES, bare) ? ALIASES[bare] : bare;
      const field = SORT_NAMES.find((candidate) => candidate === wanted);
      if (field !== undefined) return { field, descending: bare !== text };
      const nearest = closest(bare.slice(0, 64), [...SORT_NAMES]);
      throw new InvalidRequest(
        `${name} must be one of ${SORT_NAMES.join(', ')}, with - in front for descending, not ${quote(given)}. Nearest: ${nearest}.`,
      );
    },
  };
}
