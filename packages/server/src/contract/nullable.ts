// `T` or null: most facts about tasks and workers may be unknown.
import { type TSchema, type TSchemaOptions, type TUnion, Type, type TNull } from 'typebox';

export function nullable<T extends TSchema>(schema: T, options: TSchemaOptions = {}): TUnion<[T, TNull]> {
  return Type.Union([schema, Type.Null()], options);
}
