// Writing and reading task rows by uuid. Lists are list-tasks.ts's.
//
// Several collectors may know a part of what happened to the same task. A record that is written replaces the row where the row is what
// this process has read or written last; where somebody else has written meanwhile, both are joined. Joining is commutative and
// repeatable, so nothing is lost whoever comes first. Rows are locked in the order of their keys.
import { mergeTasks, READY_STATES, type TaskRecord } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { LABEL_KINDS, type LabelKind, type Labels } from './labels.ts';
import type { TaskIds } from './task-ids.ts';
import { taskKey } from './task-key.ts';
import {
  COLUMN_NAMES,
  COLUMNS,
  decodeTask,
  encodeTask,
  labelIdsOf,
  type LabelTexts,
  labelTexts,
  NOT_RECEIVED,
  READ_COLUMNS,
  type TaskRow,
} from './task-row.ts';

/** How many children of a task are listed at most. */
const MAX_CHILDREN = 1000;
/** Versions of rows remembered between reading or writing them and writing them again. */
const REMEMBERED = 50_000;

type StoredLabels = { readonly [Kind in LabelKind]: number | null };
interface LockedRow extends StoredLabels {
  readonly key: string;
  readonly id: number;
  /** The transaction that wrote the row. */
  readonly version: string;
}

/** What a transaction has written; remembered when it is committed. */
export interface WrittenTasks {
  readonly versions: ReadonlyMap<string, string | null>;
  /** How many more tasks hold each label now. */
  readonly labelChanges: ReadonlyMap<number, number>;
}

export interface Tasks {
  read(client: ClientBase, uuids: readonly string[]): Promise<Map<string, TaskRecord>>;
  /** In the order of the ids; those that are not there are left out. */
  readByIds(client: ClientBase, ids: readonly number[]): Promise<TaskRecord[]>;
  /** The records of rows that have READ_COLUMNS. */
  decode(client: ClientBase, rows: readonly TaskRow[]): Promise<TaskRecord[]>;
  /**
   * Inserts, replaces or joins. Inside a write transaction; enough ids must be reserved.
   * @throws LabelsMissing, IdsUsedUp
   */
  write(client: ClientBase, xid: string, records: readonly TaskRecord[]): Promise<WrittenTasks>;
  /** After the commit of what `write` answered. */
  remember(written: WrittenTasks): void;
  childrenOf(client: ClientBase, uuid: string): Promise<string[]>;
  /** Deletes rows, their keys, and takes them out of the labels' counts. Inside a write transaction. Answers how many. */
  delete(client: ClientBase, ids: readonly number[]): Promise<number>;
}

/** Texts have no label yet: they are to be made, and the transaction to be done again. */
export class LabelsMissing extends Error {
  override name = 'LabelsMissing';
  readonly missing: ReadonlyMap<LabelKind, ReadonlySet<string>>;

  constructor(missing: ReadonlyMap<LabelKind, ReadonlySet<string>>) {
    super('labels are missing');
    this.missing = missing;
  }
}

// Two steps, here and in `read`: with the ids at hand PostgreSQL plans for the generations they are in alone.
const FIND_IDS = 'SELECT key, id FROM task_keys WHERE key = ANY($1::uuid[])';
const LOCK_ROWS = `SELECT key, id, xmin::text AS version, ${LABEL_KINDS.join(', ')}
  FROM tasks WHERE id = ANY($1::bigint[]) ORDER BY key FOR NO KEY UPDATE`;
const ADD_KEYS = `INSERT INTO task_keys (key, id) SELECT * FROM unnest($1::uuid[], $2::bigint[])
  ON CONFLICT DO NOTHING RETURNING key, id`;
const UPSERT = `INSERT INTO tasks (${COLUMN_NAMES.join(', ')})
  SELECT * FROM json_to_recordset($1::json) AS r(${COLUMN_NAMES.map((name) => `${name} ${COLUMNS[name]}`).join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${COLUMN_NAMES.filter((name) => name !== 'id' && name !== 'key')
    .map((name) => `${name} = excluded.${name}`)
    .join(', ')}`;
const SELECT_ROWS = `SELECT ${READ_COLUMNS.join(', ')}, xmin::text AS version FROM tasks WHERE id = ANY($1::bigint[])`;

export function createTasks(labels: Labels, ids: TaskIds): Tasks {
  // By key. What is not in it may have been written by anybody.
  const versions = new Map<string, string>();
  const rememberOne = (key: string, version: string | null) => {
    versions.delete(key);
    if (version === null) return;
    const oldest = versions.size >= REMEMBERED ? versions.keys().next() : undefined;
    if (oldest?.done === false) versions.delete(oldest.value);
    versions.set(key, version);
  };

  const decode = async (client: ClientBase, rows: readonly TaskRow[]): Promise<TaskRecord[]> => {
    await labels.read(client, labelIdsOf(rows));
    return rows.map((row) => decodeTask(row, labels));
  };

  const lock = async (client: ClientBase, keys: readonly string[], found: Map<string, LockedRow>) => {
    if (keys.length === 0) return;
    const { rows } = await client.query<LockedRow>(LOCK_ROWS, [await findIds(client, keys)]);
    for (const row of rows) found.set(row.key, row);
  };

  /** What somebody else has written of these tasks, joined into the records. */
  const joinStored = async (
    client: ClientBase,
    rows: readonly LockedRow[],
    byKey: Map<string, TaskRecord>,
  ): Promise<void> => {
    const stored = await selectByIds(
      client,
      rows.map(({ id }) => id),
    );
    for (const [index, record] of (await decode(client, stored)).entries()) {
      const key = stored[index]?.key ?? '';
      const written = byKey.get(key);
      if (written !== undefined) byKey.set(key, mergeTasks(record, written));
    }
  };

  return {
    decode,

    async read(client, uuids) {
      const byKey = new Map(uuids.map((uuid) => [taskKey(uuid), uuid]));
      const rows = await selectByIds(client, await findIds(client, [...byKey.keys()]));
      const found = new Map<string, TaskRecord>();
      for (const [index, record] of (await decode(client, rows)).entries()) {
        const row = rows[index];
        const uuid = row && byKey.get(row.key);
        if (row === undefined || uuid === undefined) continue;
        rememberOne(row.key, row.version);
        found.set(uuid, record);
      }
      return new Map(uuids.flatMap((uuid) => entryOf(uuid, found.get(uuid))));
    },

    async readByIds(client, wanted) {
      const rows = await selectByIds(client, wanted);
      const records = new Map((await decode(client, rows)).map((record, index) => [rows[index]?.id, record]));
      return wanted.flatMap((id) => records.get(id) ?? []);
    },

    async write(client, xid, records) {
      const labelChanges = new Map<number, number>();
      const written = new Map<string, string | null>();
      if (records.length === 0) return { versions: written, labelChanges };
      const byKey = new Map(records.map((task) => [taskKey(task.uuid), task]));
      const keys = [...byKey.keys()].sort();
      const found = new Map<string, LockedRow>();
      await lock(client, keys, found);

      // In the order in which they came, so that their ids tell who was seen first.
      const unseen = [...byKey.keys()].filter((key) => !found.has(key));
      const fresh = ids.take(unseen.length);
      const idOf = new Map(unseen.map((key, index) => [key, fresh[index] ?? 0]));
      const sorted = unseen.toSorted(compare);
      const added = await client.query<{ key: string; id: number }>(ADD_KEYS, [
        sorted,
        sorted.map((key) => idOf.get(key)),
      ]);
      if (added.rowCount !== sorted.length) {
        // Somebody else has seen them for the first time at this very moment.
        const ours = new Set(added.rows.map(({ key }) => key));
        await lock(
          client,
          sorted.filter((key) => !ours.has(key)),
          found,
        );
      }

      const byOthers = [...found.values()].filter(({ key, version }) => versions.get(key) !== version);
      if (byOthers.length > 0) await joinStored(client, byOthers, byKey);
      const joined = new Set(byOthers.map(({ key }) => key));

      const rows = encodeAll(byKey, found, idOf, labels, labelChanges);
      await client.query(UPSERT, [JSON.stringify(rows)]);
      for (const [key, task] of byKey) {
        // Whoever wrote a part of a task does not know what was joined to it: the next writing has to join again. And nearly all
        // tasks that have ended are never written again.
        const forget = joined.has(key) || READY_STATES.has(task.state);
        written.set(key, forget ? null : shortXid(xid));
      }
      return { versions: written, labelChanges };
    },

    remember(written) {
      for (const [key, version] of written.versions) rememberOne(key, version);
    },

    async childrenOf(client, uuid) {
      const { rows } = await client.query<{ uuid: string }>(
        `SELECT coalesce(uuid_text, key::text) AS uuid FROM tasks WHERE parent = $1::uuid
         ORDER BY CASE WHEN position < 0 THEN position + ${NOT_RECEIVED} ELSE position END, id LIMIT ${MAX_CHILDREN}`,
        [taskKey(uuid)],
      );
      return rows.map((row) => row.uuid);
    },

    async delete(client, gone) {
      if (gone.length === 0) return 0;
      const { rows } = await client.query<StoredLabels & { key: string }>(
        `DELETE FROM tasks WHERE id = ANY($1::bigint[]) RETURNING key, ${LABEL_KINDS.join(', ')}`,
        [gone],
      );
      await client.query('DELETE FROM task_keys WHERE key = ANY($1::uuid[])', [rows.map(({ key }) => key)]);
      const changes = new Map<number, number>();
      for (const row of rows) {
        versions.delete(row.key);
        for (const kind of LABEL_KINDS) addTo(changes, row[kind], -1);
      }
      await labels.count(client, changes);
      return rows.length;
    },
  };
}

async function findIds(client: ClientBase, keys: readonly string[]): Promise<number[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<{ id: number }>(FIND_IDS, [keys]);
  return rows.map(({ id }) => id);
}

type VersionedRow = TaskRow & { readonly version: string };

async function selectByIds(client: ClientBase, ids: readonly number[]): Promise<VersionedRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<VersionedRow>(SELECT_ROWS, [ids]);
  return rows;
}

/** The rows of all tasks; `labelChanges` gets what they change. @throws LabelsMissing */
function encodeAll(
  byKey: ReadonlyMap<string, TaskRecord>,
  found: ReadonlyMap<string, LockedRow>,
  idOf: ReadonlyMap<string, number>,
  labels: Labels,
  labelChanges: Map<number, number>,
): TaskRow[] {
  const missing = new Map<LabelKind, Set<string>>();
  const idsOf = (texts: LabelTexts) => {
    const answer: Record<string, number | null> = {};
    for (const kind of LABEL_KINDS) {
      const text = texts[kind];
      const id = text === null ? null : labels.known(kind, text);
      if (id === undefined) missing.set(kind, (missing.get(kind) ?? new Set()).add(text as string));
      answer[kind] = id ?? null;
    }
    return answer as StoredLabels;
  };
  const rows: TaskRow[] = [];
  for (const [key, task] of byKey) {
    const stored = found.get(key);
    const now = idsOf(labelTexts(task));
    for (const kind of LABEL_KINDS) {
      const then = stored === undefined ? null : stored[kind];
      if (then === now[kind]) continue;
      addTo(labelChanges, then, -1);
      addTo(labelChanges, now[kind], 1);
    }
    rows.push(encodeTask(task, stored?.id ?? idOf.get(key) ?? 0, now));
  }
  if (missing.size > 0) throw new LabelsMissing(missing);
  return rows;
}

function addTo(changes: Map<number, number>, id: number | null, change: number): void {
  if (id !== null) changes.set(id, (changes.get(id) ?? 0) + change);
}

function entryOf(uuid: string, record: TaskRecord | undefined): [string, TaskRecord][] {
  return record === undefined ? [] : [[uuid, record]];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** `xmin` has the lower half of a transaction's number. */
function shortXid(xid: string): string {
  return String(BigInt.asUintN(32, BigInt(xid)));
}
