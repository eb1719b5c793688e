/** A place for one-line notes; pino's logger fits. Texts given to it never hold passwords. */
export interface Log {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}
