// SQL put together from pieces. What comes from outside is never part of the text: a piece carries its values, and gets their numbers
// when the whole statement is written.

export interface Sql {
  /** One more than there are values. */
  readonly texts: readonly string[];
  readonly values: readonly Bound[];
}

interface Bound {
  readonly value: unknown;
  readonly type: string;
}

/** A value. @param type PostgreSQL's name of its type */
export function bind(value: unknown, type: string): Sql {
  return { texts: ['', ''], values: [{ value, type }] };
}

/** Text of our own. */
export function raw(text: string): Sql {
  return { texts: [text], values: [] };
}

/** sql`a = ${bind(1, 'int')} AND ${other}`; a text between the pieces is our own. */
export function sql(texts: TemplateStringsArray, ...pieces: readonly (Sql | string)[]): Sql {
  return concatenated(texts.flatMap((text, index) => [text, ...pieces.slice(index, index + 1)]));
}

export function joined(pieces: readonly Sql[], between: string): Sql {
  return concatenated(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [between, piece])));
}

/** As `pg` takes it. */
export function written({ texts, values }: Sql): { readonly text: string; readonly values: unknown[] } {
  const text = texts.map((one, index) => {
    const bound = values[index];
    return bound === undefined ? one : `${one}$${index + 1}::${bound.type}`;
  });
  return { text: text.join(''), values: values.map(({ value }) => value) };
}

function concatenated(pieces: readonly (Sql | string)[]): Sql {
  const texts = [''];
  const values: Bound[] = [];
  for (const piece of pieces) {
    const [first = '', ...rest] = typeof piece === 'string' ? [piece] : piece.texts;
    texts.push((texts.pop() ?? '') + first, ...rest);
    if (typeof piece !== 'string') values.push(...piece.values);
  }
  return { texts, values };
}
