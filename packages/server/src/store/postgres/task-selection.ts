// What a filter of tasks means to the database: its texts looked up, and the SQL of it.
import type { ClientBase } from 'pg';
import { foldText } from '../../query/fold-case.ts';
import type { TaskFilter } from '../store.ts';
import { type Binder, createBinder } from './binder.ts';
import { type LabelKind, type Labels, totalTasks } from './labels.ts';
import { hasLabel, NEVER, scopeCondition } from './scopes.ts';
import { wordCondition } from './search-words.ts';
import { taskKey } from './task-key.ts';

export interface Selection {
  /** All of these must hold. */
  readonly conditions: readonly string[];
  readonly binder: Binder;
  /** Tasks that match, where the labels' counts tell it. */
  readonly total: number | undefined;
}

export async function selectTasks(
  client: ClientBase,
  labels: Labels,
  filter: TaskFilter,
): Promise<Selection> {
  const binder = createBinder();
  const conditions: string[] = [];
  let total: number | undefined;
  const addLabels = async (kind: LabelKind, texts: readonly string[] | undefined) => {
    if (texts === undefined) return;
    const found = await labels.find(client, kind, texts);
    conditions.push(
      hasLabel(
        binder,
        kind,
        found.map(({ id }) => id),
      ),
    );
    total = found.reduce((sum, { tasks }) => sum + tasks, 0);
  };
  await addLabels('state', filter.states);
  await addLabels('name', filter.names);
  await addLabels('worker', filter.workers);
  const within = await scopeCondition(client, labels, binder, filter.within);
  if (within !== null) conditions.push(within);
  if (filter.receivedFrom !== undefined || filter.receivedTo !== undefined) {
    // Positions below 0 belong to tasks without a received time, which no window holds.
    const from = binder.bind(Math.max(0, filter.receivedFrom ?? 0), 'float8');
    conditions.push(
      `position >= ${from} AND position <= ${binder.bind(filter.receivedTo ?? Infinity, 'float8')}`,
    );
  }
  if (filter.rootId !== undefined) {
    const key = binder.bind(taskKey(filter.rootId), 'uuid');
    // As the index over roots is limited to it; the root itself is found by its key.
    conditions.push(
      `((root = ${key} AND root <> key) OR (id = (SELECT k.id FROM task_keys k WHERE k.key = ${key}) AND root = key))`,
    );
  }
  for (const word of filter.words ?? []) {
    const folded = foldText(word);
    const names = (await labels.held(client, 'name')).filter(({ text }) => foldText(text).includes(folded));
    conditions.push(
      wordCondition(
        binder,
        word,
        filter.wordsIn ?? 'everywhere',
        names.map(({ id }) => id),
      ),
    );
  }
  if (conditions.includes(NEVER)) total = 0;
  else if (!isLabelsAlone(filter)) total = undefined;
  else if (conditions.length === 0) total = await totalTasks(client);
  return { conditions, binder, total };
}

/** Whether the counts of labels say it all: at most one of the lists, nothing else. */
function isLabelsAlone(filter: TaskFilter): boolean {
  const lists = [filter.states, filter.names, filter.workers].filter((list) => list !== undefined);
  const { receivedFrom, receivedTo, rootId, query, within, words } = filter;
  const others = [receivedFrom, receivedTo, rootId, query, within];
  return lists.length <= 1 && others.every((one) => one === undefined) && (words ?? []).length === 0;
}
