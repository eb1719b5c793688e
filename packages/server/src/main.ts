#!/usr/bin/env node
// The process: arguments ▶ config ▶ start ▶ signals ▶ exit code. What is opened in which order is start.ts.
import { readFileSync } from 'node:fs';
import { ConfigError } from './config/config-error.ts';
import { formatHelp } from './config/help-text.ts';
import type { OptionValues } from './config/options.ts';
import { parseArguments } from './config/parse-arguments.ts';
import { resolveConfig } from './config/resolve-config.ts';
import { createLog } from './log.ts';
import { startUmbel } from './start.ts';
import { StoreError } from './store/store.ts';

/** A stop that takes longer than this is ended by force: process supervisors kill after 10 s. */
const STOP_WITHIN_MS = 9_000;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Wrong usage, as shells and other tools count it. */
const EXIT_USAGE = 2;
/** It was called rightly, but cannot start now. */
const EXIT_FAILURE = 1;

function readConfig(): OptionValues | null {
  const asked = parseArguments(process.argv.slice(2));
  if (asked.ask === 'help') process.stdout.write(formatHelp([]));
  if (asked.ask === 'version') process.stdout.write(`umbel ${version}\n`);
  if (asked.ask !== 'start') return null;
  return resolveConfig({
    flags: asked.values,
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
}

async function run(config: OptionValues): Promise<void> {
  const log = createLog(config);
  const umbel = await startUmbel(config, { log, version });
  // Not a log line: logs are kept, and go to people who may not do everything.
  if (umbel.signInLink !== null) process.stderr.write(`Sign in: ${umbel.signInLink}\n`);

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

try {
  const config = readConfig();
  if (config !== null) await run(config);
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof StoreError || isSystemError(error))) throw error;
  process.stderr.write(`umbel: ${error.message}\n`);
  process.exitCode = error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
}

/** What the operating system refused, such as a port that is taken: the person who started it can do something about that. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
