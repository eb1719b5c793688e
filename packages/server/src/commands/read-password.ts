// Asks for a new password: at a terminal twice and unseen, else the first line of what is piped in.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError, type Terminal } from './command.ts';

/** NIST SP 800-63B and OWASP ASVS ask for no less. UTF-16 code units. */
const LEAST_CHARS = 8;

/** @throws CommandError when there is none, it is too short, or it was not the same twice */
export async function readPassword({ stdin, stderr }: Terminal): Promise<string> {
  const atTerminal = stdin.isTTY === true;
  // As a terminal's own, so that it can be corrected while typing; what would be shown goes nowhere. It is there before the first
  // question, and until after the last answer, so that nothing is shown in between either.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const input = createInterface({ input: stdin, output: nowhere, terminal: atTerminal, historySize: 0 });
  input.once('SIGINT', () => input.close());
  const lines = input[Symbol.asyncIterator]();
  async function ask(question: string): Promise<string> {
    if (atTerminal) stderr.write(question);
    const { value, done } = await lines.next();
    if (atTerminal) stderr.write('\n');
    if (done === true || value === '') throw new CommandError('No password was given.');
    return value;
  }
  try {
    const password = await ask('Password: ');
    if (password.length < LEAST_CHARS)
      throw new CommandError(`The password is too short: it needs ${LEAST_CHARS} characters or more.`);
    if (atTerminal && (await ask('The same again: ')) !== password)
      throw new CommandError('These were two different passwords.');
    return password;
  } finally {
    input.close();
  }
}
