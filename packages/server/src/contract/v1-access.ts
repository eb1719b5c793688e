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
      rights: Type.Array(Type.Object({ name: Type.String(), meaning: Type.String() })),
      read_only: Type.Boolean({ description: 'Nobody may change anything.' }),
      open: Type.Boolean({ description: 'Nobody has to sign in.' }),
    },
    { additionalProperties: Type.Unknown({ description: 'Roles, rules and ways to sign in; no secret.' }) },
  ),
  replyDescription: 'Rights, roles, rules, ways to sign in.',
  errors: [],
});
