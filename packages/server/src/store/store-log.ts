// Where the store says what happened to its file.

/** A place for one-line notes; pino's logger fits. */
export interface StoreLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}
