// What a filter of tasks means to the database: its texts looked up, and where the rows that meet it are found fastest.
import type { TaskFilter } from '../store.ts';
import { type LabelCondition, labelCondition } from './label-condition.ts';
import { type LabelKind, type Labels, totalTasks } from './labels.ts';
import { resolveScopes, type Scope } from './scopes.ts';
import { foldCase, wordCondition } from './search-words.ts';
import { uuidKey } from './uuid-key.ts';

export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/**
 * `labels` begins with the condition that fewest tasks meet. When there are `scopes`, at least one of them must hold too; what must hold
 * besides is in `others`.
 */
export interface Selection {
  readonly labels: readonly LabelCondition[];
  readonly scopes: readonly Scope[];
  readonly others: readonly Condition[];
  /** Tasks that meet what fewest meet, of the labels and of the scopes; Infinity when there is none. */
  readonly byLabels: number;
  readonly byScopes: number;
  /** What leads to so few rows that looking each of them up by index is less work than reading all; null: nothing of these. */
  readonly lead: 'labels' | 'scopes' | null;
}

/** Looking rows up by index costs about so many times what reading them in their own order does. */
const LOOK_UP_COST = 4;

export function selectTasks(filter: TaskFilter, labels: Labels): Selection {
  const byLabel: LabelCondition[] = [];
  const addLabels = (column: LabelKind, texts: readonly string[] | undefined) => {
    if (texts === undefined) return;
    const ids = texts.map((text) => labels.find(column, text)).filter((id) => id !== undefined);
    byLabel.push(labelCondition(labels, column, ids));
  };
  addLabels('state', filter.states);
  addLabels('name', filter.names);
  addLabels('worker', filter.workers);
  const within = resolveScopes(filter.within, labels);
  byLabel.push(...within.all);

  const others: Condition[] = [];
  if (filter.receivedFrom !== undefined || filter.receivedTo !== undefined) {
    // Positions below 0 belong to tasks without a received time, which no window holds.
    const from = Math.max(0, filter.receivedFrom ?? 0);
    others.push({ sql: 'position BETWEEN ? AND ?', values: [from, filter.receivedTo ?? Infinity] });
  }
  if (filter.rootId !== undefined) {
    others.push({
      // `root_id > ''` is what the index over roots is limited to: without it SQLite would not use that index.
      sql: "((root_id = ? AND root_id > '') OR (uuid_key = ? AND uuid = ? AND root_id = ''))",
      values: [filter.rootId, uuidKey(filter.rootId), filter.rootId],
    });
  }
  for (const word of filter.words ?? []) {
    const folded = foldCase(word);
    const names = labels.held('name').filter(({ text }) => foldCase(text).includes(folded));
    const nameIds = names.map(({ id }) => id);
    others.push(wordCondition(word, filter.wordsIn ?? 'everywhere', nameIds));
  }
  byLabel.sort((a, b) => a.tasks - b.tasks);
  const byLabels = byLabel[0]?.tasks ?? Infinity;
  const byScopes =
    within.any.length === 0 ? Infinity : within.any.reduce((sum, [narrowest]) => sum + narrowest.tasks, 0);
  // Nothing leads to fewer tasks than their root.
  const isBroad =
    filter.rootId !== undefined || Math.min(byLabels, byScopes) * LOOK_UP_COST > totalTasks(labels);
  const narrower = byLabels <= byScopes ? 'labels' : 'scopes';
  return { labels: byLabel, scopes: within.any, others, byLabels, byScopes, lead: isBroad ? null : narrower };
}
