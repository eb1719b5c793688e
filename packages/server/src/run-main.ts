// Arguments ▶ a command, or config ▶ start ▶ signals; and errors ▶ one sentence and an exit code. What is opened in which order
// is start.ts.
import { readFileSync } from 'node:fs';
import { CommandError } from './commands/command.ts';
import { COMMANDS, isCommandWord } from './commands/commands.ts';
import { runCommand } from './commands/run-command.ts';
import { ConfigError } from './config/config-error.ts';
import { formatHelp } from './config/help-text.ts';
import type { OptionValues } from './config/options.ts';
import { parseArguments } from './config/parse-arguments.ts';
import { resolveConfig } from './config/resolve-config.ts';
import { createLog } from './log.ts';
import { type Role, startUmbel } from './start.ts';
import { StoreError } from './store/store.ts';

/** A stop that takes longer than this is ended by force: process supervisors kill after 10 s. */
const STOP_WITHIN_MS = 9_000;

/** The server without its other half, with the same options. */
const HALVES = [
  {
    name: 'collect',
    summary:
      'Only collects, into a history in PostgreSQL, of which others collect a part. Options as without a command.',
  },
  {
    name: 'serve',
    summary: 'Only answers, from a history in PostgreSQL that others collect. Options as without a command.',
  },
] as const satisfies readonly { readonly name: Role; readonly summary: string }[];

/** Wrong usage, as shells and other tools count it. */
const EXIT_USAGE = 2;
/** It was called rightly, but cannot be done now. */
const EXIT_FAILURE = 1;

/**
 * Answers the exit code for when nothing is left to do. A server that has started keeps the process alive, and ends it itself.
 * @param argv the arguments without node and script
 */
export async function runMain(argv: readonly string[]): Promise<number> {
  try {
    const [word = ''] = argv;
    if (isCommandWord(word)) return await runCommand(argv, process);
    const role = HALVES.find(({ name }) => name === word)?.name ?? 'all';
    const asked = parseArguments(role === 'all' ? argv : argv.slice(1));
    if (asked.ask === 'help') process.stdout.write(formatHelp([...HALVES, ...COMMANDS]));
    else if (asked.ask === 'version') process.stdout.write(`umbel ${readVersion()}\n`);
    else {
      const readFile = (path: string) => readFileSync(path, 'utf8');
      await run(resolveConfig({ flags: asked.values, env: process.env, readFile }), role);
    }
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`umbel: ${error.message}\n`);
    return error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function run(config: OptionValues, role: Role): Promise<void> {
  const log = createLog(config);
  const umbel = await startUmbel(config, { log, version: readVersion(), role });
  // Not by the log, which is kept and read by others.
  const link = umbel.signInLink;
  const where = link?.startsWith('/') ? ' (at the address of the proxy in front of the unix socket)' : '';
  if (link !== null) process.stdout.write(`Sign in: ${link}${where}\n`);

  let stopping = false;
  async function stop(reason: string, exitCode: number): Promise<void> {
    if (stopping) process.exit(1); // asked a second time: whoever asks does not want to wait
    stopping = true;
    log.info({}, `${reason}: writing what is under way, then stopping`);
    const force = setTimeout(() => {
      log.error({}, 'stopping took too long, leaving at once');
      process.exit(1);
    }, STOP_WITHIN_MS);
    try {
      await umbel.close();
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
    clearTimeout(force);
    process.exit(exitCode);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal, 0));
  umbel.onFatal((error) => {
    log.fatal({ err: error }, 'a part of Umbel has failed and cannot go on');
    void stop('failure', 1);
  });
}

/** What the person who started it can do something about. */
function isExpected(error: unknown): error is Error {
  return (
    [ConfigError, CommandError, StoreError].some((kind) => error instanceof kind) ||
    // What the operating system refused, such as a port that is taken.
    (error instanceof Error && 'syscall' in error)
  );
}
