// `umbel link`: a fresh link that signs an administrator in, once.
import { isIPv6 } from 'node:net';
import { createOneTimeLink } from '../auth/one-time-link.ts';
import { ConfigError } from '../config/config-error.ts';
import type { OptionValues } from '../config/options.ts';
import { publicAddress } from '../config/public-address.ts';
import { type Command, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';
import { recordCommand } from './record-command.ts';

export const link: Command = {
  name: 'link',
  summary: 'Prints a link that signs an administrator in, once, within a day.',
  details: 'The link leads to where the options say that the server is; give those that it was started with.',
  words: [],
  options: {},
  serverOptions: [
    ...LEDGER_OPTIONS,
    'public-url',
    'address',
    'port',
    'url-prefix',
    'certfile',
    'unix-socket',
  ],
  async run(given, terminal) {
    const config = given.config();
    const base = baseUrl(config);
    await using ledger = await openCommandLedger(config, terminal, { create: false });
    const secret = await createOneTimeLink(ledger);
    await recordCommand(ledger, {
      action: 'session.make_link',
      target: null,
      params: {},
      detail: 'A link was made that signs an administrator in, once.',
    });
    terminal.stderr.write(`It works once, within a day, at the server whose ledger is ${ledger.location}\n`);
    terminal.stdout.write(`${base}/login/link?token=${secret}\n`);
    return 0;
  },
};

/** Where people reach the server, the prefix included. */
function baseUrl(config: OptionValues): string {
  const reachedAt = publicAddress(config);
  if (reachedAt !== null) return reachedAt;
  if (config['unix-socket'] !== null || config.port === 0) {
    const why = config.port === 0 ? 'the port is chosen at its start' : 'it listens on a unix socket';
    throw new ConfigError(`Where the server is reached cannot be told, because ${why}: add --public-url.`);
  }
  const scheme = config.certfile === null ? 'http' : 'https';
  return `${scheme}://${hostOf(config.address)}:${config.port}${config['url-prefix']}`;
}

/** Every address is this machine too. */
function hostOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return isIPv6(address) ? `[${address}]` : address;
}
