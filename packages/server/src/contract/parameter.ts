// What a parameter of the API is: how it is documented and how it is read, in one value. Text comes from a query or a
// form, any JSON value from a JSON body; all three are read by the same function. The kinds are in parameter-kinds.ts.
import { closest, distance } from 'fastest-levenshtein';
import type { TSchema } from 'typebox';

/** One parameter. `read` gets the value as given, or undefined when it was not, and throws InvalidRequest. */
export interface Parameter<T> {
  /** For OpenAPI; holds the description and the default. */
  readonly schema: TSchema;
  readonly required: boolean;
  /** Not read from a query, which servers on the way keep in their logs. */
  readonly bodyOnly?: boolean;
  read(given: unknown, name: string): T;
}

export type ParameterTable = Readonly<Record<string, Parameter<unknown>>>;

/** The values that a table of parameters is read into. */
export type Values<P extends ParameterTable> = {
  readonly [N in keyof P]: P[N] extends Parameter<infer T> ? T : never;
};

/** A request that cannot be understood. The message is one sentence for the client; the answer is 400. */
export class InvalidRequest extends Error {
  override name = 'InvalidRequest';
  /** For programs. */
  readonly code: string = 'bad_request';
}

/** The parameters of one request as given. A member of the body wins over the same name in the query. */
export interface GivenParameters {
  readonly query: ReadonlyMap<string, unknown>;
  readonly body: ReadonlyMap<string, unknown>;
}

/**
 * Reads every parameter of the table.
 * @throws InvalidRequest for the first one that is wrong
 */
export function readParameters<P extends ParameterTable>(table: P, given: GivenParameters): Values<P> {
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(table)) {
    const inQuery = parameter.bodyOnly === true ? undefined : given.query.get(name);
    values[name] = parameter.read(given.body.get(name) ?? inQuery, name);
  }
  return values as Values<P>;
}

/**
 * Refuses members of a body that the table does not know, because to leave out a mistyped `countdown` in silence
 * would send another task than the one that was meant.
 * @throws InvalidRequest naming the member, and the nearest right one
 */
export function refuseUnknownMembers(table: ParameterTable, body: ReadonlyMap<string, unknown>): void {
  refuseUnknown(table, body, { where: 'The body', what: 'member' });
}

/**
 * Refuses parameters of a query that the table does not know: to leave out a mistyped filter in silence would answer another question.
 * @throws InvalidRequest naming the parameter, and the nearest right one
 */
export function refuseUnknownParameters(table: ParameterTable, query: ReadonlyMap<string, unknown>): void {
  refuseUnknown(table, query, { where: 'The query', what: 'parameter' });
}

function refuseUnknown(
  table: ParameterTable,
  given: ReadonlyMap<string, unknown>,
  { where, what }: { readonly where: string; readonly what: string },
): void {
  const known = Object.keys(table);
  for (const name of given.keys()) {
    if (known.includes(name)) continue;
    const nearest = closest(name.slice(0, 64), known);
    // Of a short name two other letters are another word.
    const hint =
      distance(name, nearest) <= Math.min(3, name.length / 2)
        ? `did you mean ${nearest}?`
        : `known ${what}s are ${known.join(', ')}.`;
    throw new InvalidRequest(`${where} has an unknown ${what} ${quote(name)}; ${hint}`);
  }
}

const LONGEST_QUOTE = 80;

/** A value as a client may recognise it, short and on one line. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
