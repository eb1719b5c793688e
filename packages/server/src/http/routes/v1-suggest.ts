// Handler of GET /api/v1/search/suggest: what the language offers, and the values that tasks have.
import type { suggest as operation } from '../../contract/v1-suggest.ts';
import { insertionOf, suggestAt } from '../../query/suggest.ts';
import { FACET_FIELDS } from '../../store/task-counts.ts';
import type { Handler } from '../api-request.ts';

const MOST_VALUES = 12;
/** Somebody is typing. */
const WITHIN_MS = 150;

export const suggest: Handler<typeof operation> = async ({ values: { text, pos }, desk, costly }) => {
  const suggestion = suggestAt(text, pos ?? text.length);
  if (suggestion === null) return { items: [], replace: null };
  const items = suggestion.proposals.map((one) => ({ ...one, count: null as number | null }));
  const { replace, prefix } = suggestion;
  const field = suggestion.isPath ? undefined : FACET_FIELDS.find((one) => one === suggestion.field);
  if (field !== undefined) {
    using _ = costly('search');
    const containing = prefix === '' ? undefined : prefix;
    const [facet] = await desk.facets([
      { field, filter: {}, limit: MOST_VALUES, containing, withinMs: WITHIN_MS },
    ]);
    for (const { value, count } of facet?.values ?? []) {
      const insert = insertionOf(suggestion, value);
      const known = items.find((item) => item.insert === insert);
      if (known === undefined) items.push({ insert, label: value, kind: 'value', count });
      else known.count = count;
    }
  }
  return { items, replace: { from: replace.from, to: replace.to } };
};
