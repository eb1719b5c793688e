// What is wrong with a query, and where.

/** Where in the text, in UTF-16 units: `from` is the first, `to` the one after the last. */
export interface QueryPosition {
  readonly from: number;
  readonly to: number;
}

/** The message is a sentence for the one who typed the query: it says what would be right. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly position: QueryPosition;

  constructor(message: string, { from, to }: QueryPosition) {
    super(message);
    this.position = { from, to };
  }
}
