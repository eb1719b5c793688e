// The questions that the store answers by looking through columns: lists, facets, histograms. Calls are inside a read transaction.
import type { DatabaseSync } from 'node:sqlite';
import { conditionOf, knownOf, matchStoreCondition, type StoreCondition } from '../../filter-condition.ts';
import type { Facet, FacetField, FacetQuery, HistogramQuery, TaskHistogram } from '../../task-counts.ts';
import { type TaskFilter, type TaskPage, type TaskQuery, StoreError } from '../../store.ts';
import { deploymentOf } from '../../../query/deployment.ts';
import { foldText } from '../../../query/fold-case.ts';
import type { Chunk, LabelColumn } from '../columns/chunk.ts';
import type { Chunks } from '../columns/chunks.ts';
import { type Labels, totalTasks } from '../labels.ts';
import { readPage } from '../read-page.ts';
import { positionOf } from '../task-row.ts';
import type { Tasks } from '../tasks.ts';
import { type CountedMatches, countMatches } from './count-matches.ts';
import { countBuckets, countLabels } from './count-values.ts';
import { evaluatorOf } from './evaluate.ts';
import { rowFinder } from './find-rows.ts';
import {
  isLabelColumn,
  labelOrder,
  numberOrder,
  type Order,
  type PlainPlace,
  reversed,
  sortColumn,
} from './order.ts';
import { placeText, readPlace } from './place-text.ts';
import { sortValue } from './sort-value.ts';
import { timeBudget } from './time-budget.ts';
import type { Evaluator } from './verdict.ts';
import { walkOrder } from './walk-order.ts';
import { walkTexts } from './walk-texts.ts';

/** Below the time after which a reading is given up (reader-pool.ts): something can still be answered. */
const LONGEST_MS = 8_000;
/** How long rows may be read for a page whose time is bounded: what no column and no index can tell would take it all. */
const READING_MS = 100;
/** How long may be spent on a total that nobody can tell at once. */
const TOTAL_MS = 60;
const FACETS_MS = 100;

const FACET_COLUMNS: Readonly<Record<FacetField, LabelColumn>> = {
  state: 'state',
  name: 'name',
  worker: 'worker',
  queue: 'queue',
  group: 'worker',
  exception: 'exception_type',
  fp: 'fp',
};

export interface TaskScan {
  listTasks(query: TaskQuery): TaskPage;
  facets(queries: readonly FacetQuery[]): Facet[];
  histogram(query: HistogramQuery): TaskHistogram;
}

export interface TaskScanOptions {
  readonly labels: Labels;
  readonly tasks: Tasks;
  readonly chunks: Chunks;
}

/** What one question looks through. */
interface Scan {
  readonly chunks: readonly Chunk[];
  /** Rows that are in no chunk yet. */
  readonly beyond: number;
  readonly condition: StoreCondition;
  readonly evaluate: Evaluator;
  readonly verify: (rowId: number) => boolean;
}

/** Which rows are on a page. */
interface Walked {
  readonly ids: readonly number[];
  readonly unseen: number;
  /** As in `WalkedOrder`. */
  readonly counted: ReadonlyMap<Chunk, number> | undefined;
}

export function createTaskScan(database: DatabaseSync, { labels, tasks, chunks }: TaskScanOptions): TaskScan {
  const rowsOf = rowFinder(database);

  const scanOf = (filter: TaskFilter): Scan => {
    const condition = conditionOf(filter);
    const known = knownOf(filter);
    const around = { known, hasChildren: (uuid: string) => tasks.childrenOf(uuid).length > 0 };
    return {
      ...chunks.current(),
      condition,
      evaluate: evaluatorOf(condition, { known, textOf: (id) => labels.textOf(id), rowsOf }),
      verify: (rowId) => {
        const task = tasks.readById(rowId);
        return task !== undefined && matchStoreCondition(condition, task, around);
      },
    };
  };

  const orderOf = ({ sortBy, descending }: TaskQuery): Order | null => {
    const column = sortColumn(sortBy);
    if (column === null) return null;
    if (!isLabelColumn(column)) return numberOrder(column, descending);
    return labelOrder(column, descending, new Map(labels.held(column).map(({ id, text }) => [id, text])));
  };

  const walk = (scan: Scan, query: TaskQuery): Walked => {
    const { at, offset, limit } = query;
    const place = at === undefined ? null : requirePlace(at.place);
    const backwards = at?.side === 'before';
    const { withinMs } = query;
    const budget =
      withinMs === undefined ? timeBudget(LONGEST_MS) : timeBudget(withinMs, Math.min(withinMs, READING_MS));
    const verify = (rowId: number) => budget.reading(() => scan.verify(rowId));
    const forwards = orderOf(query);
    let ids: number[];
    let unseen: number;
    let counted: Walked['counted'];
    if (forwards === null) {
      const { sortBy: field, descending } = query;
      const found = walkTexts(database, {
        ...scan,
        verify,
        field,
        descending,
        backwards,
        after: place,
        most: offset + limit,
        budget,
      });
      ids = found.places.slice(offset).map(({ id }) => id);
      unseen = found.unseen;
    } else {
      const order = backwards ? reversed(forwards) : forwards;
      const after = place === null ? null : order.placeOf(place);
      const found = walkOrder({ ...scan, verify, order, after, offset, limit, budget });
      ids = found.ids.map(Math.abs);
      ({ unseen, counted } = found);
    }
    return { ids: backwards ? ids.toReversed() : ids, unseen, counted };
  };

  const totalOf = (scan: Scan, query: TaskQuery, walked: Walked): CountedMatches => {
    const { offset, limit } = query;
    const isEnd = walked.ids.length < limit && (walked.ids.length > 0 || offset === 0);
    if (query.at === undefined && walked.unseen === 0 && isEnd) {
      return { total: offset + walked.ids.length, totalKind: 'exact' };
    }
    const { condition } = scan;
    if (condition.kind === 'all' && condition.of.length === 0) {
      return { total: totalTasks(labels), totalKind: 'exact' };
    }
    if (condition.kind === 'named') {
      const ids = condition.values.map((text) => labels.find(condition.field, text));
      const total = [...new Set(ids)].reduce<number>(
        (sum, id) => sum + (id === undefined ? 0 : labels.tasksWith(id)),
        0,
      );
      return { total, totalKind: 'exact' };
    }
    // Where the page itself took too long there is no more for the total.
    const most = walked.unseen > 0 ? TOTAL_MS / 4 : TOTAL_MS;
    const budget = timeBudget(Math.min(query.withinMs ?? most, most));
    return countMatches({ ...scan, budget, counted: walked.counted });
  };

  return {
    listTasks(query) {
      const scan = scanOf(query.filter);
      const walked = walk(scan, query);
      const { tasks: records, truncated } = readPage(tasks, walked.ids);
      const placeAt = (index: number): string | null => {
        const [task, id] = [records[index], walked.ids[index]];
        if (task === undefined || id === undefined) return null;
        return placeText({ value: sortValue(task, query.sortBy), position: positionOf(task), id });
      };
      const [first, last] = [placeAt(0), placeAt(records.length - 1)];
      return {
        tasks: records,
        truncated,
        unseen: walked.unseen,
        ...totalOf(scan, query, walked),
        places: first === null || last === null ? null : { first, last },
      };
    },

    facets: (queries) =>
      queries.map((query) => {
        const budget = timeBudget(query.withinMs ?? FACETS_MS);
        const { counts, approximate } = countLabels(
          { ...scanOf(query.filter), budget },
          FACET_COLUMNS[query.field],
        );
        const byValue = new Map<string, number>();
        for (const [id, count] of counts) {
          const text = labels.textOf(id);
          const value = query.field === 'group' ? deploymentOf(text) : text;
          byValue.set(value, (byValue.get(value) ?? 0) + count);
        }
        return { ...mostFrequent(byValue, query), approximate };
      }),

    histogram({ filter, field, from, to, buckets, withinMs }) {
      const failed = labels.find('state', 'FAILURE');
      return countBuckets(
        { ...scanOf(filter), budget: timeBudget(withinMs ?? FACETS_MS) },
        {
          column: field === 'received' ? 'position' : 'finished',
          from: field === 'received' ? Math.max(0, from) : from,
          to,
          buckets,
          failed: new Set(failed === undefined ? [] : [failed]),
        },
      );
    },
  };
}

function mostFrequent(
  counts: ReadonlyMap<string, number>,
  { containing, limit }: FacetQuery,
): Pick<Facet, 'values' | 'more'> {
  const folded = containing === undefined ? '' : foldText(containing);
  const all = [...counts]
    .filter(([value, count]) => count > 0 && (folded === '' || foldText(value).includes(folded)))
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return { values: all.slice(0, limit), more: Math.max(0, all.length - limit) };
}

/** @throws StoreError: places come from `TaskPage.places` of the same order, and nobody else makes them */
function requirePlace(text: string): PlainPlace {
  const place = readPlace(text);
  if (place === null) throw new StoreError('unavailable', 'this is no place in a list of tasks');
  return place;
}
