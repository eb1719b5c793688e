// What a command of the command line is: its words, its options, and what it does. The list of them is commands.ts.
import type { Readable, Writable } from 'node:stream';
import type { OptionName, OptionValues } from '../config/options.ts';

/** An option that only this command has. */
export interface CommandOption {
  /** Shown after the flag; null: it takes no value, and is there or not. */
  readonly placeholder: string | null;
  readonly help: string;
  /** It may be given several times. */
  readonly repeatable?: true;
  readonly required?: true;
  readonly default?: string;
}

export interface Command {
  /** One or two words: `token create`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** More of it, for the command's own help. */
  readonly details?: string;
  /** Words that have to follow the name, as the help shows them. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Options of the server that it needs to know too; they come from the environment and the config file as well. */
  readonly serverOptions: readonly OptionName[];
  /** Answers the exit code. @throws ConfigError for wrong usage, CommandError and StoreError for what cannot be done now */
  run(given: Given, terminal: Terminal): Promise<number>;
}

/** What the command line said. */
export interface Given {
  readonly words: readonly string[];
  /** The option's value or its default; null when it has neither. */
  one(option: string): string | null;
  all(option: string): readonly string[];
  /** Whether it was given at all. */
  has(option: string): boolean;
  /** The server's options, as the server itself would have them. @throws ConfigError */
  config(): OptionValues;
}

/** The process as commands see it. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For what was asked for, and nothing else. */
  readonly stdout: Writable;
  /** For what people should know besides. */
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** It was called rightly and cannot be done; `message` is one sentence. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Where the ledger is found: by these options. */
export const LEDGER_OPTIONS = ['db', 'broker', 'config'] as const satisfies readonly OptionName[];
