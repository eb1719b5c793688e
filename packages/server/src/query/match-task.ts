// What the search language means: whether one task meets a condition. The one truth of it; the store's columns and indexes only spare
// it the tasks where the answer is plain.
//
// Every condition is true or false, nothing between: what a task does not say meets none, and so meets its opposite.
import { parsePythonRepr, type TaskRecord } from '@umbel/celery';
import { isTypeName } from '../failures/exception-type.ts';
import { fingerprintOf } from '../failures/fingerprint.ts';
import { deploymentOf } from './deployment.ts';
import { foldText } from './fold-case.ts';
import { matchPath } from './match-path.ts';
import type { QueryContext } from './query-context.ts';
import { isShortFor } from './short-id.ts';
import type {
  ListField,
  NumberCondition,
  TaskCondition,
  TextCondition,
  TextField,
  TimeCondition,
  WordCondition,
} from './task-condition.ts';
import { hasFlag } from './task-flags.ts';
import { etaOf, exceptionTypeOf, finishedOf, hasPart, runOf, waitOf } from './task-values.ts';

/** What a task alone cannot tell. */
export interface Surroundings {
  readonly known: QueryContext;
  /** Whether a task that is kept names this one as its parent. Asked for `has:children` alone. */
  hasChildren(uuid: string): boolean;
}

/** Time is linear in the texts of the task, for each term of the query. */
export function matchTask(condition: TaskCondition, task: TaskRecord, around: Surroundings): boolean {
  return matches(condition, new Reading(task), around);
}

function matches(condition: TaskCondition, reading: Reading, around: Surroundings): boolean {
  const { task } = reading;
  switch (condition.kind) {
    case 'all':
      return condition.of.every((one) => matches(one, reading, around));
    case 'any':
      return condition.of.some((one) => matches(one, reading, around));
    case 'not':
      return !matches(condition.of, reading, around);
    case 'word':
      return matchWord(condition, reading);
    case 'text':
      return matchText(condition, reading);
    case 'path':
      return matchPath(condition, reading.parsed(condition.of));
    case 'one-of':
      return matchList(condition.field, condition.values, task);
    case 'number':
      return matchNumber(condition, task);
    case 'time':
      return matchTime(condition, task);
    case 'is':
      return hasFlag(task, condition.flag, around.known);
    default:
      return condition.part === 'children' ? around.hasChildren(task.uuid) : hasPart(task, condition.part);
  }
}

type FoldedField = TextField | 'uuid';
const WORD_FIELDS: Readonly<Record<'everywhere' | 'names', readonly FoldedField[]>> = {
  everywhere: ['uuid', 'name', 'args', 'kwargs', 'result', 'exception'],
  names: ['uuid', 'name'],
};

/** One task, and what the terms of one query ask of it again and again. */
class Reading {
  readonly task: TaskRecord;
  readonly #folded = new Map<FoldedField, string | null>();
  readonly #parsed = new Map<'args' | 'kwargs', unknown>();

  constructor(task: TaskRecord) {
    this.task = task;
  }

  folded(field: FoldedField): string | null {
    let folded = this.#folded.get(field);
    if (folded === undefined) {
      const text = this.task[field];
      folded = text === null ? null : foldText(text);
      this.#folded.set(field, folded);
    }
    return folded;
  }

  /** Undefined where the text cannot be read, or was cut. */
  parsed(of: 'args' | 'kwargs'): unknown {
    if (!this.#parsed.has(of)) {
      const read = parsePythonRepr(this.task[of] ?? '');
      this.#parsed.set(of, read.ok ? read.value : undefined);
    }
    return this.#parsed.get(of);
  }
}

/** In one of the texts, not across two. */
function matchWord({ text, in: where = 'everywhere' }: WordCondition, reading: Reading): boolean {
  const folded = foldText(text);
  return WORD_FIELDS[where].some((field) => reading.folded(field)?.includes(folded) === true);
}

/** Case counts only for `is`. */
function matchText({ field, match, text }: TextCondition, reading: Reading): boolean {
  if (match === 'is') {
    // People know an exception by its type.
    if (field === 'exception' && isTypeName(text)) return exceptionTypeOf(reading.task) === text;
    return (reading.task[field] ?? '') === text;
  }
  const own = reading.folded(field);
  if (own === null) return false;
  return match === 'starts' ? own.startsWith(foldText(text)) : own.includes(foldText(text));
}

function matchList(field: ListField, values: readonly string[], task: TaskRecord): boolean {
  const own = valueOf(field, task);
  if (own === null) return false;
  if (values.includes(own)) return true;
  if (field !== 'id' && field !== 'root' && field !== 'parent') return false;
  return values.some((value) => isShortFor(value, own));
}

function valueOf(field: ListField, task: TaskRecord): string | null {
  switch (field) {
    case 'state':
      return task.state;
    case 'group':
      return task.worker === null ? null : deploymentOf(task.worker);
    case 'id':
      return task.uuid;
    case 'root':
      return task.rootId;
    case 'parent':
      return task.parentId;
    default:
      return fingerprintOf(task)?.fp ?? null;
  }
}

function matchNumber({ field, compare, value }: NumberCondition, task: TaskRecord): boolean {
  const own = field === 'retries' ? task.retries : field === 'run' ? runOf(task) : waitOf(task);
  if (own === null) return false;
  switch (compare) {
    case 'above':
      return own > value;
    case 'at-least':
      return own >= value;
    case 'below':
      return own < value;
    case 'at-most':
      return own <= value;
    default:
      return own === value;
  }
}

function matchTime({ field, from, to }: TimeCondition, task: TaskRecord): boolean {
  const own = field === 'finished' ? finishedOf(task) : field === 'eta' ? etaOf(task) : task[field];
  return own !== null && (from === null || own >= from) && (to === null || own < to);
}
