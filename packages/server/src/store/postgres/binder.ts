// Gathers the values of a statement while its text is put together: nothing that comes from outside is ever part of the text.

export interface Binder {
  /** The placeholder of a value. @param type PostgreSQL's name of its type */
  bind(value: unknown, type: string): string;
  readonly values: unknown[];
}

export function createBinder(): Binder {
  const values: unknown[] = [];
  return {
    values,
    bind(value, type) {
      values.push(value);
      return `$${values.length}::${type}`;
    },
  };
}
