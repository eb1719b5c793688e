// The operation that tells how access is configured.
import { Type } from 'typebox';
import { operation } from './operation.ts';

export const access = operation({
  id: 'access',
  tag: 'Access',
  summary: 'How access is configured',
  parameters: {},
  reply: Type.Object(
    {
      rights: Type.Record(Type.String(), Type.String(), { description: 'What each right means.' }),
      read_only: Type.Boolean(),
      open_access: Type.Boolean({ description: 'Nobody has to sign in.' }),
    },
    { additionalProperties: Type.Unknown({ description: 'Roles, rules and ways to sign in; no secret.' }) },
  ),
  replyDescription: 'Rights, roles, rules, ways to sign in.',
  errors: [],
});
