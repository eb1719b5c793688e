// The search language in a parameter of a request.
import { InvalidRequest } from '../contract/parameter.ts';
import { parseQuery } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import type { TaskCondition } from '../query/task-condition.ts';

/** A query that cannot be read; says where. */
export class InvalidQuery extends InvalidRequest {
  override name = 'InvalidQuery';
  override readonly code = 'query';
  /** In UTF-16 units of the parameter's text, as it was given without spaces around it. */
  readonly position: QueryError['position'];

  constructor(message: string, position: QueryError['position']) {
    super(message);
    this.position = position;
  }
}

/**
 * Undefined where nothing is asked for.
 * @throws InvalidQuery
 */
export function readQuery(name: string, text: string | undefined, nowMs: number): TaskCondition | undefined {
  if (text === undefined) return undefined;
  try {
    return parseQuery(text, { nowS: nowMs / 1_000 }) ?? undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { from } = error.position;
    throw new InvalidQuery(`${name}, character ${from + 1}: ${error.message}`, error.position);
  }
}
