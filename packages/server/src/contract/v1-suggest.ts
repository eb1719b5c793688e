// The operation of /api/v1 that says how a query may go on.
import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { InvalidRequest, type Parameter } from './parameter.ts';
import { wholeNumber } from './parameter-kinds.ts';
import { MAX_QUERY_CHARS } from './v1-tasks.ts';

/** Spaces around it count, so that `pos` stays right. */
const typed: Parameter<string> = {
  schema: Type.String({
    description: 'The query so far; need not be right.',
    maxLength: MAX_QUERY_CHARS,
    default: '',
  }),
  required: false,
  read(given, name) {
    const text = given ?? '';
    if (typeof text === 'string' && text.length <= MAX_QUERY_CHARS && text.isWellFormed()) return text;
    throw new InvalidRequest(`${name} must be text of at most ${MAX_QUERY_CHARS} characters.`);
  },
};

export const suggest = operation({
  id: 'suggest',
  tag: 'Tasks',
  summary: 'How a query may go on',
  parameters: {
    text: typed,
    pos: wholeNumber('Of the cursor, in UTF-16 units. Default: the end.', { min: 0, max: MAX_QUERY_CHARS }),
  },
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        insert: Type.String({ description: 'Goes in the place of `replace`.' }),
        label: Type.String(),
        kind: Type.Union([Type.Literal('key'), Type.Literal('value'), Type.Literal('example')]),
        count: nullable(Type.Integer(), { description: 'Tasks that have it; null where none were counted.' }),
      }),
    ),
    replace: nullable(Type.Object({ from: Type.Integer(), to: Type.Integer() }), {
      description: 'In UTF-16 units; null where nothing can be suggested.',
    }),
  }),
  replyDescription: 'Suggestions.',
  errors: [400, 503],
});
