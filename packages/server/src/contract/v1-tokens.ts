// Operations on API tokens. The secret of a token is told once, when it is made.
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { flag, list, required, text, withDefault } from './parameter-kinds.ts';
import { moment, TimeText } from './v1-moment.ts';

export const MAX_TOKEN_NAME_CHARS = 100;

export const TokenItem = Type.Object({
  id: Type.String({ description: 'Not a secret.' }),
  name: Type.String(),
  prefix: Type.String({ description: 'How the token begins.' }),
  owner: nullable(Type.Object({ name: Type.String(), via: Type.String() }), {
    description: 'Whose rights it has; null for one made on the command line.',
  }),
  roles: Type.Array(Type.String(), { description: 'Empty: those of its owner.' }),
  rights: nullable(Type.Array(Type.String()), { description: 'At most these. Null: all of its roles.' }),
  networks: Type.Array(Type.String(), { description: 'From where it works. Empty: from anywhere.' }),
  state: Type.Union([Type.Literal('active'), Type.Literal('expired'), Type.Literal('revoked')]),
  created_at: TimeText,
  expires_at: nullable(TimeText),
  revoked_at: nullable(TimeText),
  last_used_at: nullable(TimeText),
  last_used_from: nullable(Type.String()),
});
export type TokenItem = Static<typeof TokenItem>;

export const listTokens = operation({
  id: 'listTokens',
  tag: 'Access',
  summary: 'API tokens',
  parameters: { all: withDefault(flag("Everybody's; needs `admin`."), false) },
  reply: Type.Object({
    items: Type.Array(TokenItem, { description: 'Newest first, also those that no longer work.' }),
    next: Type.Null({ description: 'There is one page.' }),
  }),
  replyDescription: 'Own tokens, or all.',
  errors: [403, 503],
});

export const createToken = operation({
  id: 'createToken',
  tag: 'Access',
  summary: 'Make an API token',
  description:
    'It may do what its owner may at the time of each call, and of that no more than `rights`. A token cannot make tokens.',
  action: 'token.create',
  parameters: {
    name: required(text('For people.', { maxChars: MAX_TOKEN_NAME_CHARS })),
    rights: list('At most these rights; all of yours when missing.'),
    expires: moment('When it ends; 90 days from now when missing.'),
    never_expires: withDefault(flag('It ends only when it is revoked.'), false),
    networks: list('Addresses or networks (CIDR) from which it works; anywhere when missing.'),
  },
  strictBody: true,
  reply: Type.Object({
    token: TokenItem,
    secret: Type.String({ description: 'For `Authorization: Bearer`. It is not told again.' }),
  }),
  replyDescription: 'The token, and its secret for this once.',
  successes: [201],
  errors: [400, 403, 503],
  example: { name: 'ci', rights: 'view,send', expires: '90d', networks: '10.0.0.0/8' },
});

export const revokeToken = operation({
  id: 'revokeToken',
  tag: 'Access',
  summary: 'Revoke an API token',
  description: "An own one, or with `admin` anybody's. It works no more from now on.",
  action: 'token.revoke',
  target: { name: 'id', description: 'Id of the token.' },
  parameters: {},
  reply: Type.Null(),
  replyDescription: 'It is revoked.',
  successes: [204],
  errors: [404, 503],
});
