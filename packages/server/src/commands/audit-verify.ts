// `umbel audit verify`: whether the audit trail is as it was written.
import { ConfigError } from '../config/config-error.ts';
import { type Command, LEDGER_OPTIONS } from './command.ts';
import { openCommandLedger } from './command-ledger.ts';

export const auditVerify: Command = {
  name: 'audit verify',
  summary: 'Checks that no line of the audit trail was changed, removed or put in.',
  details:
    'Exit code 0: the chain holds; 1: it does not, and the first line that is wrong is named. It also prints the number and seal\nof the last line. Whoever can write the file could write a whole new chain: keep these elsewhere, and give them as --head.',
  words: [],
  options: {
    head: {
      placeholder: 'SEQ:HASH',
      help: 'This line must be there with this seal, as it was printed or logged at some time.',
    },
  },
  serverOptions: LEDGER_OPTIONS,
  async run(given, terminal) {
    const head = given.one('head');
    const expected = head === null ? undefined : readHead(head);
    await using ledger = await openCommandLedger(given.config(), terminal, { create: false });
    const { checked, first, last, problem } = await ledger.verifyAudit(expected);
    if (problem !== null) {
      terminal.stdout.write(`broken: ${problem}\n`);
      return 1;
    }
    terminal.stdout.write(
      last === null
        ? 'holds: there is no line yet\n'
        : `holds: ${checked} lines, ${first} to ${last.seq}\nhead: ${last.seq}:${last.hash}\n`,
    );
    return 0;
  },
};

function readHead(text: string): { readonly seq: number; readonly hash: string } {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new ConfigError(
      '--head needs the number of a line and its seal, as SEQ:HASH with 64 hexadecimal digits.',
    );
  return { seq: Number(seq), hash: hash.toLowerCase() };
}
