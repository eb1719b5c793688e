// Values of options that are made of several parts: JSON in the environment, plain YAML in the config file, checked by a schema.
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type OptionKind, OptionValueError, readJson } from './option-kinds.ts';

/** What `schema` describes. */
export function shaped<const S extends TSchema>(schema: S, example: string): OptionKind<Static<S>> {
  return {
    placeholder: 'JSON',
    parse(value) {
      const read: unknown = typeof value === 'string' ? readJson(value) : value;
      if (!Value.Check(schema, read))
        throw new OptionValueError(`${problemOf(schema, read)}; right is ${example}`);
      return read;
    },
  };
}

/** Where it is wrong, and what is wrong with it; never the value itself, which may be a secret. */
function problemOf(schema: TSchema, value: unknown): string {
  // A member that is not known is reported twice: first as a value that nothing can be right for.
  const error = Value.Errors(schema, value).find(({ keyword }) => keyword !== 'boolean');
  const place = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const inside = place === '' ? 'has a wrong shape:' : `is wrong at ${place}:`;
  if (error === undefined) return 'has a wrong shape';
  if (error.keyword === 'additionalProperties') {
    return `${inside} ${error.params.additionalProperties.join(', ')} is not known`;
  }
  if (error.keyword === 'enum') return `${inside} it must be one of ${error.params.allowedValues.join(', ')}`;
  return `${inside} it ${error.message}`;
}
