// How texts are compared where neither case counts nor how Python escapes an apostrophe: by the store's search, its indexes and the
// matching of a query alike.

/** How a repr writes an apostrophe inside quotes of the same kind; people search for what they see, the apostrophe alone. */
export const ESCAPED_APOSTROPHE = "\\'";

/**
 * Text in which differences of case are gone. Lower case first (Kelvin sign → k), then upper (final sigma, ß → SS); this order also
 * keeps clear of JavaScript's context-dependent lower case of Σ.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase();
}

/** Besides case without the escapes of apostrophes. A text contains another when their folded texts do. */
export function foldText(text: string): string {
  return foldCase(text.replaceAll(ESCAPED_APOSTROPHE, "'"));
}
