// What one row of the table of options holds.
import type { OptionKind } from './option-kinds.ts';

/** One row of the table. */
export interface Option<T> {
  readonly kind: OptionKind<T>;
  readonly default: T;
  /** False: it can be set by environment or file only, because a command line is visible to every user of the machine. */
  readonly flag?: false;
  /** Environment variables besides `UMBEL_<NAME>`, in the order in which they are asked. */
  readonly env?: readonly string[];
  /** The option's name in Flower, where there is one. */
  readonly flower?: string;
  /** The value is never shown. */
  readonly secret?: true;
  /** How the default reads when it is computed. */
  readonly defaultText?: string;
  readonly help: string;
}

/** A row with the type of its value. */
export const option = <T>(row: Option<T>): Option<T> => row;
