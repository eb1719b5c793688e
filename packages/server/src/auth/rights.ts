// The rights there are, what each of them means, and the bundles that come with Umbel. Pure.

/** Right ▶ what it lets somebody do, for people. */
export const RIGHTS = {
  view: 'See workers, queues and tasks, without what tasks carry.',
  payload: 'See arguments, results, exceptions and messages.',
  send: 'Send tasks.',
  revoke: 'Revoke, terminate and abort tasks.',
  control: 'Change workers: pools, consumers, rate and time limits.',
  shutdown: 'Shut workers down.',
  queue: 'Purge and pause queues.',
  triage: 'Judge failures, mark deploys, share views.',
  admin: 'See the audit trail, everybody’s tokens and sessions, and how access is configured.',
} as const satisfies Readonly<Record<string, string>>;

export type Right = keyof typeof RIGHTS;

export const ALL_RIGHTS = Object.keys(RIGHTS) as readonly Right[];

/** Rights that change something; `--read-only` takes them from everybody. */
export const CHANGING_RIGHTS: ReadonlySet<Right> = new Set([
  'send',
  'revoke',
  'control',
  'shutdown',
  'queue',
  'triage',
]);

/** The bundles that come with Umbel. */
export const BUILT_IN_ROLES: Readonly<Record<'viewer' | 'operator' | 'admin', readonly Right[]>> = {
  viewer: ['view', 'payload'],
  operator: ALL_RIGHTS.filter((right) => right !== 'admin'),
  admin: ALL_RIGHTS,
};

export function isRight(word: string): word is Right {
  return Object.hasOwn(RIGHTS, word);
}
