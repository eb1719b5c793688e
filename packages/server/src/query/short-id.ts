// Ids by their first characters, as people copy them from a list. Only ids that look like UUIDs can be named so: Celery's own all do.

/** So many characters of an id are enough, in a query. */
export const SHORT_ID = 8;

const SHORT = /^[0-9a-f]{8}$/;
const UUID_START = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

export function isShortId(text: string): boolean {
  return SHORT.test(text);
}

/** Whether `short` is the beginning of the id. */
export function isShortFor(short: string, id: string): boolean {
  return isShortId(short) && id.startsWith(short) && UUID_START.test(id);
}
