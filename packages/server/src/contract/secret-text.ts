// A parameter that holds a secret: taken as it is, spaces included, and never repeated in an error or kept by the audit trail,
// which goes by the format that the schema names.
import { Type } from 'typebox';
import { InvalidRequest, type Parameter } from './parameter.ts';

export function secretText(
  description: string,
  { maxChars = 1_024, bodyOnly = false } = {},
): Parameter<string | undefined> {
  return {
    schema: Type.String({ description, format: 'password', maxLength: maxChars }),
    required: false,
    ...(bodyOnly ? { bodyOnly } : {}),
    read(given, name) {
      if (given === undefined || given === null || given === '') return undefined;
      if (typeof given === 'string' && given.length <= maxChars && given.isWellFormed()) return given;
      throw new InvalidRequest(`${name} must be text of at most ${maxChars} characters.`);
    },
  };
}
