// Texts that many tasks share, kept once in the table `labels`: which id stands for which text, and how many tasks hold it.
// Remembers both directions in memory. An id means the same text for ever, but its row may be deleted once no task holds it: who adds
// to the count of a row that has gone forgets all and begins again (`LabelsGone`).
import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { textCell } from './text-cell.ts';

export const LABEL_KINDS = [
  'state',
  'name',
  'worker',
  'queue',
  'client',
  'exchange',
  'routing_key',
  'exception_type',
  'fp',
] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

/** More texts than this are not remembered at once: some clusters have a name per client process or routing key. */
const REMEMBERED = 50_000;
/** An entry of an index is 2,704 bytes at most. */
const LONGEST_KEY = 600;

export interface Label {
  readonly id: number;
  readonly text: string;
  readonly tasks: number;
}

/** Labels were deleted while a transaction wanted to use them: it has to be done again. */
export class LabelsGone extends Error {
  override name = 'LabelsGone';
}

export interface Labels {
  /** Id of the text, as far as it is in memory. */
  known(kind: LabelKind, text: string): number | undefined;
  /** Makes the ids of texts known, with new rows where they are missing. In a transaction of its own: rows stay, also unheld. */
  make(client: ClientBase, missing: ReadonlyMap<LabelKind, ReadonlySet<string>>): Promise<void>;
  /** Adds to how many tasks hold each label, the last thing in a transaction. @throws LabelsGone */
  count(client: ClientBase, changes: ReadonlyMap<number, number>): Promise<void>;
  /** The label of each text that has one. */
  find(client: ClientBase, kind: LabelKind, texts: readonly string[]): Promise<Label[]>;
  /** Every label of the kind that some task holds, in no order. */
  held(client: ClientBase, kind: LabelKind): Promise<Label[]>;
  /** Makes the texts of ids known, for `textOf`. */
  read(client: ClientBase, ids: Iterable<number>): Promise<void>;
  /** Of an id that was read a moment ago. */
  textOf(id: number): string;
  /** Deletes rows that no task holds. */
  deleteUnheld(client: ClientBase): Promise<void>;
  forget(): void;
}

export function createLabels(): Labels {
  const ids = new Map(LABEL_KINDS.map((kind) => [kind, new Map<string, number>()]));
  const texts = new Map<number, string>();

  const remember = (kind: LabelKind, text: string, id: number) => {
    const known = ids.get(kind);
    if (known === undefined) return;
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, id);
  };
  const forget = () => {
    for (const known of ids.values()) known.clear();
  };
  const total = (client: ClientBase, where: string, values: unknown[]) =>
    client.query<Label>(`SELECT id, text, tasks FROM labels WHERE ${where}`, values).then(({ rows }) => rows);

  return {
    known: (kind, text) => ids.get(kind)?.get(text),

    async make(client, missing) {
      for (const [kind, wanted] of missing) {
        const all = [...wanted];
        const { rows } = await client.query<{ id: number; n: number }>(
          `WITH wanted AS (SELECT * FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS w(key, text, n)),
             made AS (INSERT INTO labels (kind, key, text) SELECT $1, key, text FROM wanted ORDER BY key
               ON CONFLICT DO NOTHING RETURNING id, key)
           SELECT n, coalesce(made.id, labels.id) AS id FROM wanted
             LEFT JOIN made USING (key) LEFT JOIN labels ON labels.kind = $1 AND labels.key = wanted.key`,
          [kind, all.map(labelKey), all.map(textCell)],
        );
        for (const { id, n } of rows) {
          const text = all[n - 1];
          // Somebody else made it at this moment: the next try finds it.
          if (text !== undefined && id !== null) remember(kind, text, id);
        }
      }
    },

    async count(client, changes) {
      const counted = [...changes].filter(([, change]) => change !== 0);
      if (counted.length === 0) return;
      const { rowCount } = await client.query(
        `WITH change AS (SELECT * FROM unnest($1::int[], $2::bigint[]) AS c(id, tasks)),
           held AS (SELECT id FROM labels WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE)
         UPDATE labels SET tasks = labels.tasks + change.tasks FROM change JOIN held USING (id) WHERE labels.id = change.id`,
        [counted.map(([id]) => id), counted.map(([, change]) => change)],
      );
      if (rowCount !== counted.length) throw new LabelsGone();
    },

    async find(client, kind, wanted) {
      if (wanted.length === 0) return [];
      return await total(client, 'kind = $1 AND key = ANY($2)', [kind, wanted.map(labelKey)]);
    },
    held: (client, kind) => total(client, 'kind = $1 AND tasks > 0', [kind]),

    async read(client, wanted) {
      if (texts.size >= REMEMBERED) texts.clear();
      const unknown = [...new Set(wanted)].filter((id) => !texts.has(id));
      if (unknown.length === 0) return;
      for (const { id, text } of await total(client, 'id = ANY($1)', [unknown])) texts.set(id, text);
    },
    textOf: (id) => texts.get(id) ?? '',

    async deleteUnheld(client) {
      // Not one that was just made: whoever made it is about to use it.
      await client.query("DELETE FROM labels WHERE tasks = 0 AND made_at < now() - interval '1 minute'");
      forget();
    },
    forget,
  };
}

/** Number of all tasks: each has exactly one state. */
export async function totalTasks(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ tasks: number }>(
    "SELECT coalesce(sum(tasks), 0)::bigint AS tasks FROM labels WHERE kind = 'state'",
  );
  return rows[0]?.tasks ?? 0;
}

/** What is unique of the text. The longest begin with a character that no other key begins with. */
export function labelKey(text: string): string {
  const cell = textCell(text);
  if (cell.length <= LONGEST_KEY) return `=${cell}`;
  return `#${createHash('sha256').update(cell).digest('hex')}`;
}
