// Operations about who is asking: the session, what it may do, and the other sessions of the same person.
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { flag, required, text, withDefault } from './parameter-kinds.ts';
import { secretText } from './secret-text.ts';
import { TimeText } from './v1-moment.ts';

const Scope = Type.Object(
  {
    tasks: Type.Optional(Type.Array(Type.String())),
    queues: Type.Optional(Type.Array(Type.String())),
    workers: Type.Optional(Type.Array(Type.String())),
  },
  { description: 'Patterns with * and ?. What is missing is not looked at.' },
);

export const SessionReply = Type.Object({
  user: nullable(
    Type.Object({
      name: Type.String(),
      email: nullable(Type.String()),
      via: Type.String({ description: 'password, link, token, key, proxy, open, or the id of a provider.' }),
      token: nullable(Type.String(), { description: 'Name of the API token or key, when one was used.' }),
    }),
    { description: 'Null: not known.' },
  ),
  rights: Type.Array(Type.String(), { description: 'What the caller may do, everywhere or somewhere.' }),
  scopes: Type.Record(Type.String(), Type.Array(Scope), {
    description: 'Only rights that do not hold everywhere, and where they hold: in any of these.',
  }),
  roles: Type.Array(Type.String()),
  read_only: Type.Boolean({ description: 'Nobody may change anything.' }),
  open_access: Type.Boolean({ description: 'Nobody has to sign in.' }),
  csrf_token: nullable(Type.String(), {
    description: 'Of a session: every change must carry it as X-CSRF-Token. Null for anybody else.',
  }),
  expires_at: nullable(TimeText, { description: 'When the session is over whatever happens.' }),
  clusters: Type.Array(
    Type.Object({
      id: Type.String(),
      label: Type.String(),
      broker: Type.String({ description: 'Password masked.' }),
    }),
  ),
  server: Type.Object({
    version: nullable(Type.String(), { description: 'Null for whoever is not known.' }),
    time: TimeText,
  }),
  ways: Type.Object({ password: Type.Boolean() }, { description: 'Ways to sign in besides providers.' }),
  providers: Type.Array(Type.Object({ id: Type.String(), label: Type.String() })),
  limits: Type.Object({ export_max: Type.Integer({ description: 'Most lines of an export.' }) }),
});
export type SessionReply = Static<typeof SessionReply>;

export const currentSession = operation({
  id: 'currentSession',
  tag: 'Access',
  summary: 'Who am I, and what may I do?',
  parameters: {},
  reply: SessionReply,
  replyDescription: 'The caller, known or not.',
  errors: [],
});

export const signIn = operation({
  id: 'signIn',
  tag: 'Access',
  summary: 'Sign in by name and password',
  description: 'The session comes as a cookie. `Retry-After` of a 429 is in the body too, as `retry_after`.',
  action: 'session.sign_in',
  parameters: {
    name: required(text('Name.', { maxChars: 256 })),
    password: required(secretText('Password.', { bodyOnly: true })),
  },
  strictBody: true,
  reply: SessionReply,
  replyDescription: 'Signed in.',
  errors: [400, 401, 403, 429, 503],
  example: { name: 'ada', password: 'correct horse battery staple' },
});

export const signOut = operation({
  id: 'signOut',
  tag: 'Access',
  summary: 'Sign out',
  action: 'session.sign_out',
  parameters: {},
  reply: Type.Null(),
  replyDescription: 'The session is over.',
  successes: [204],
  errors: [409],
});

export const SessionItem = Type.Object({
  id: Type.String({ description: 'Not a secret.' }),
  user: Type.Object({ name: Type.String(), email: nullable(Type.String()), via: Type.String() }),
  current: Type.Boolean({ description: 'The one that asks.' }),
  created_at: TimeText,
  seen_at: TimeText,
  expires_at: TimeText,
  address: nullable(Type.String()),
  user_agent: nullable(Type.String()),
});
export type SessionItem = Static<typeof SessionItem>;

export const listSessions = operation({
  id: 'listSessions',
  tag: 'Access',
  summary: 'Sessions',
  parameters: { all: withDefault(flag("Everybody's; needs `admin`."), false) },
  reply: Type.Object({
    items: Type.Array(SessionItem, { description: 'Newest first.' }),
    next: Type.Null({ description: 'There is one page.' }),
  }),
  replyDescription: 'Own sessions, or all.',
  errors: [403, 503],
});

export const signOutEverywhere = operation({
  id: 'signOutEverywhere',
  tag: 'Access',
  summary: 'End all own sessions',
  description: 'Also the one that asks. API tokens stay.',
  action: 'session.sign_out_everywhere',
  parameters: {},
  reply: Type.Object({ ended: Type.Integer({ description: 'How many there were.' }) }),
  replyDescription: 'They are over.',
  errors: [503],
});

export const endSession = operation({
  id: 'endSession',
  tag: 'Access',
  summary: 'End one session',
  description: "An own one, or with `admin` anybody's.",
  action: 'session.end',
  target: { name: 'id', description: 'Id of the session.' },
  parameters: {},
  reply: Type.Null(),
  replyDescription: 'It is over.',
  successes: [204],
  errors: [404, 503],
});
