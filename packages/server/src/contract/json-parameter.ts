// Parameters that hold JSON. In a JSON body they are values; in a query or a form they are JSON text.
import { Type } from 'typebox';
import { parseExactJson } from './exact-json.ts';
import { InvalidRequest, type Parameter, quote } from './parameter.ts';

function fromText(given: unknown, name: string): unknown {
  if (typeof given !== 'string') return given ?? undefined;
  return given.trim() === '' ? undefined : parseExactJson(given, name);
}

/** A JSON array; `[]` when not given. */
export function jsonArray(description: string): Parameter<readonly unknown[]> {
  return {
    schema: Type.Array(Type.Unknown(), { description, default: [] }),
    required: false,
    read(given, name) {
      const value = fromText(given, name) ?? [];
      if (!Array.isArray(value))
        throw new InvalidRequest(`${name} must be a JSON array, not ${quote(given)}.`);
      return value;
    },
  };
}

/** A JSON object; `{}` when not given. */
export function jsonObject(description: string): Parameter<Readonly<Record<string, unknown>>> {
  return {
    schema: Type.Record(Type.String(), Type.Unknown(), { description, default: {} }),
    required: false,
    read(given, name) {
      const value = fromText(given, name) ?? {};
      if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.isRawJSON(value)) {
        throw new InvalidRequest(`${name} must be a JSON object, not ${quote(given)}.`);
      }
      return value as Record<string, unknown>;
    },
  };
}
