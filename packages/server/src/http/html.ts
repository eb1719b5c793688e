// HTML as a tagged template that escapes every value, so that forgetting it is not possible.

class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}
export type { Html };

/** Text that is HTML already, written in this program. Never for a value from outside. */
export function trustedHtml(text: string): Html {
  return new Html(text);
}

type Value = string | number | Html | readonly Html[];

export function html(literals: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    literals.reduce((text, literal, index) => `${text}${toHtml(values[index - 1] ?? '')}${literal}`),
  );
}

function toHtml(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map((part) => part.text).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
