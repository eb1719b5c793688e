// `umbel hash-password`: a password ▶ what stands for it in --basic-auth.
import { hashPassword } from '../auth/password-hash.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Command } from './command.ts';
import { readPassword } from './read-password.ts';

const KINDS = ['argon2id', 'scrypt'] as const;

export const hashPasswordCommand: Command = {
  name: 'hash-password',
  summary: 'Reads a password and prints a hash of it for --basic-auth.',
  details:
    'The password is read from the terminal, twice and without showing it, or from the first line of what is piped in.\nIt is never taken from the command line, which others may see.',
  words: [],
  options: {
    kind: { placeholder: KINDS.join('|'), help: 'How it is hashed.', default: 'argon2id' },
  },
  serverOptions: [],
  async run(given, terminal) {
    const kind = KINDS.find((word) => word === given.one('kind'));
    if (kind === undefined) throw new ConfigError(`--kind needs one of ${KINDS.join(', ')}.`);
    terminal.stdout.write(`${hashPassword(await readPassword(terminal), kind)}\n`);
    return 0;
  },
};
