// Conditions on labels. There are few labels and many tasks, so whatever is asked of a name, worker or state is asked of the labels, and
// the rows are found by the ids of those where it is so.
import type { ClientBase } from 'pg';
import type { Label, LabelKind, Labels } from './labels.ts';
import { bind, raw, sql } from './sql.ts';
import { any, exactly, NEVER, type Verdict } from './verdict.ts';

/** The labels of one moment, each kind read when it is first asked for. */
export interface Lexicon {
  held(kind: LabelKind): Promise<readonly Label[]>;
  find(kind: LabelKind, texts: readonly string[]): Promise<readonly Label[]>;
}

export function createLexicon(client: ClientBase, labels: Labels): Lexicon {
  const held = new Map<LabelKind, Promise<Label[]>>();
  return {
    held(kind) {
      const asked = held.get(kind) ?? labels.held(client, kind);
      held.set(kind, asked);
      return asked;
    },
    find: (kind, texts) => labels.find(client, kind, texts),
  };
}

/** The row has one of the labels. */
export function hasLabel(kind: LabelKind, found: readonly Label[]): Verdict {
  const ids = found.map(({ id }) => id);
  if (ids.length === 0) return NEVER;
  const value = ids.length === 1 ? sql`= ${bind(ids[0], 'int')}` : sql`= ANY(${bind(ids, 'int[]')})`;
  // The indexes hold only rows that have one.
  return exactly(kind === 'state' ? sql`${kind} ${value}` : sql`(${kind} IS NOT NULL AND ${kind} ${value})`);
}

/** The row has a label of which `test` is true. */
export async function labelWhere(
  lexicon: Lexicon,
  kind: LabelKind,
  test: (text: string) => boolean,
): Promise<Verdict> {
  return hasLabel(
    kind,
    (await lexicon.held(kind)).filter(({ text }) => test(text)),
  );
}

/** The row has no label of the kind, or an empty one. */
export async function labelIsEmpty(lexicon: Lexicon, kind: LabelKind): Promise<Verdict> {
  return any([exactly(raw(`(${kind} IS NULL)`)), hasLabel(kind, await lexicon.find(kind, ['']))]);
}
