// Texts that many tasks share, kept once in the table `labels`: which id stands for which text, and how many tasks hold it.
// Remembers both directions in memory; the memory is dropped when another connection has written or a transaction failed.
import type { DatabaseSync } from 'node:sqlite';

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

export interface Labels {
  /** Id of the text, made when it is new; null for null. Inside a write transaction only. */
  idFor(kind: LabelKind, text: string | null): number | null;
  /** Id of the text, or undefined when no task ever had it. */
  find(kind: LabelKind, text: string): number | undefined;
  textOf(id: number): string;
  /** Notes that `change` more (or fewer) tasks hold the label; written by `flushCounts`. */
  count(id: number | null, change: number): void;
  flushCounts(): void;
  /** Number of tasks that hold the label. */
  tasksWith(id: number): number;
  /** Every label of the kind that some task holds, in no order. */
  held(kind: LabelKind): { id: number; text: string; tasks: number }[];
  /** Deletes labels that no task holds. */
  deleteUnheld(): void;
  /** Forgets what was remembered and not flushed. */
  forget(): void;
}

export function createLabels(database: DatabaseSync): Labels {
  const findId = database.prepare('SELECT id FROM labels WHERE kind = ? AND text = ?');
  const findText = database.prepare('SELECT text FROM labels WHERE id = ?');
  const insert = database.prepare('INSERT INTO labels (kind, text) VALUES (?, ?) RETURNING id');
  const addTasks = database.prepare('UPDATE labels SET tasks = tasks + ? WHERE id = ?');
  const readTasks = database.prepare('SELECT tasks FROM labels WHERE id = ?');
  const readHeld = database.prepare('SELECT id, text, tasks FROM labels WHERE kind = ? AND tasks > 0');
  const dropUnheld = database.prepare('DELETE FROM labels WHERE tasks = 0');

  const ids = new Map(LABEL_KINDS.map((kind) => [kind, new Map<string, number>()]));
  const texts = new Map<number, string>();
  const changes = new Map<number, number>();

  const remember = (kind: LabelKind, text: string, id: number) => {
    const known = ids.get(kind);
    if (known === undefined) return;
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, id);
  };

  const find = (kind: LabelKind, text: string): number | undefined => {
    const known = ids.get(kind)?.get(text);
    if (known !== undefined) return known;
    const id = findId.get(kind, text)?.['id'];
    if (typeof id !== 'number') return undefined;
    remember(kind, text, id);
    return id;
  };

  return {
    find,
    idFor(kind, text) {
      if (text === null) return null;
      const known = find(kind, text);
      if (known !== undefined) return known;
      const id = insert.get(kind, text)?.['id'] as number;
      remember(kind, text, id);
      return id;
    },
    textOf(id) {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const text = findText.get(id)?.['text'] as string;
      if (texts.size >= REMEMBERED) texts.clear();
      texts.set(id, text);
      return text;
    },
    count(id, change) {
      if (id !== null) changes.set(id, (changes.get(id) ?? 0) + change);
    },
    flushCounts() {
      for (const [id, change] of changes) if (change !== 0) addTasks.run(change, id);
      changes.clear();
    },
    tasksWith: (id) => (readTasks.get(id)?.['tasks'] as number | undefined) ?? 0,
    held: (kind) => readHeld.all(kind) as { id: number; text: string; tasks: number }[],
    deleteUnheld() {
      dropUnheld.run();
      for (const known of ids.values()) known.clear();
    },
    forget() {
      for (const known of ids.values()) known.clear();
      texts.clear();
      changes.clear();
    },
  };
}

/** Number of all tasks: each has exactly one state. */
export function totalTasks(labels: Labels): number {
  return labels.held('state').reduce((sum, { tasks }) => sum + tasks, 0);
}
