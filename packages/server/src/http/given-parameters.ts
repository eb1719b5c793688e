// What a request was given, as it came: the rest of its path, its query, and what of both the audit trail may keep.
import type { FastifyRequest } from 'fastify';
import { parseForm } from '../contract/form.ts';
import type { Operation } from '../contract/operation.ts';
import type { GivenParameters } from '../contract/parameter.ts';
import { HIDDEN } from '../redaction/redaction.ts';

/** The rest of the path of routes that end in `*`, decoded; empty for others. */
export function pathTarget(request: FastifyRequest): string {
  return (request.params as Readonly<Record<string, string>>)['*'] ?? '';
}

/** @throws InvalidRequest when it is not percent-encoded UTF-8 */
export function readQuery(request: FastifyRequest): ReadonlyMap<string, string> {
  const url = request.raw.url ?? '';
  const mark = url.indexOf('?');
  return parseForm(mark === -1 ? '' : url.slice(mark + 1));
}

/** Only what the operation knows, the body before the query; secrets are named and not kept. */
export function recordable(
  { parameters }: Operation,
  { query, body }: GivenParameters,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { schema }]) => {
      const value = body.get(name) ?? query.get(name);
      if (value === undefined) return [];
      return [[name, (schema as { format?: string }).format === 'password' ? HIDDEN : value]];
    }),
  );
}
