// `umbel token create`: an API token with rights of its own.
import { createApiToken } from '../auth/api-tokens.ts';
import { createRoles } from '../auth/roles.ts';
import { TokenError } from '../auth/token-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { duration, OptionValueError } from '../config/option-kinds.ts';
import { readAuthRules } from '../config/read-auth-rules.ts';
import { type Command, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';
import { recordCommand } from './record-command.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LONGEST_LIFE_MS = 3_650 * DAY_MS;

export const tokenCreate: Command = {
  name: 'token create',
  summary: 'Makes an API token and prints it, this once.',
  details: 'It is used as "Authorization: Bearer TOKEN". Only its hash is kept.',
  words: [],
  options: {
    name: { placeholder: 'NAME', help: 'What it is for, such as ci.', required: true },
    role: {
      placeholder: 'ROLE',
      help: "What it may do: viewer, operator, admin, or a role of the config file's.",
      repeatable: true,
      required: true,
    },
    expires: { placeholder: 'TIME|never', help: 'How long it works, such as 12h or 90d.', default: '90d' },
    ip: {
      placeholder: 'CIDR',
      help: 'It works only from this address or network. Without one from anywhere.',
      repeatable: true,
    },
  },
  serverOptions: LEDGER_OPTIONS,
  async run(given, terminal) {
    const config = given.config();
    const roles = given.all('role');
    const known = createRoles(readAuthRules(config).roles).names;
    const unknown = roles.find((role) => !known.includes(role));
    if (unknown !== undefined)
      throw new ConfigError(`--role ${unknown} is not known; there is ${known.join(', ')}.`);
    const lifetimeMs = readLifetime(given.one('expires'));

    await using ledger = await openCommandLedger(config, terminal, { create: true });
    const now = Date.now();
    const { secret, token } = await createApiToken(
      ledger,
      {
        name: given.one('name') ?? '',
        owner: null,
        roles,
        rights: null,
        networks: given.all('ip'),
        expiresAt: lifetimeMs === null ? null : now + lifetimeMs,
      },
      now,
    ).catch((error: unknown) => {
      throw error instanceof TokenError ? new ConfigError(error.message) : error;
    });
    const expires = token.expiresAt === null ? 'never' : new Date(token.expiresAt).toISOString();
    await recordCommand(ledger, {
      action: 'token.create',
      target: token.name,
      params: { roles, expires, networks: token.networks },
      detail: `The token ${token.id} was made; it begins with ${token.prefix}.`,
    });
    terminal.stderr.write(`token ${token.id} (${token.name}) in ${ledger.location}; expires: ${expires}\n`);
    terminal.stdout.write(`${secret}\n`);
    return 0;
  },
};

/** Null: never. */
function readLifetime(text: string | null): number | null {
  if (text === 'never') return null;
  try {
    return duration('s', MINUTE_MS, LONGEST_LIFE_MS).parse(text);
  } catch (error) {
    if (error instanceof OptionValueError) throw new ConfigError(`--expires ${error.message}, or never.`);
    throw error;
  }
}
