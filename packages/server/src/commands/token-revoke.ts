// `umbel token revoke ID`: from now on the token opens nothing.
import { type Command, CommandError, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';
import { recordCommand } from './record-command.ts';

export const tokenRevoke: Command = {
  name: 'token revoke',
  summary: 'Takes an API token back at once.',
  words: ['ID'],
  options: {},
  serverOptions: LEDGER_OPTIONS,
  async run(given, terminal) {
    const [id = ''] = given.words;
    await using ledger = await openCommandLedger(given.config(), terminal, { create: false });
    const token = (await ledger.tokens()).find((one) => one.id === id);
    if (token === undefined || !(await ledger.revokeToken(id, Date.now())))
      throw new CommandError('No token with this ID still works. See umbel token list.');
    await recordCommand(ledger, {
      action: 'token.revoke',
      target: id,
      params: {},
      detail: `The token ${token.name}${token.owner === null ? '' : ` of ${token.owner.name}`}.`,
    });
    terminal.stderr.write(`token ${id} opens nothing any more\n`);
    return 0;
  },
};
