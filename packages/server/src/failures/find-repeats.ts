// Arguments that failures have in common and other tasks have not: "currency=EUR in 98 %".
import { parsePythonRepr, type TaskRecord } from '@umbel/celery';

type Called = Pick<TaskRecord, 'args' | 'kwargs'>;

export interface Repeat {
  /** As the search language writes it: `kwargs.order.currency`, `args[0]`. */
  readonly path: string;
  /** `'EUR'` without quotes, `True`, `4711`; at most 100 characters are looked at. */
  readonly value: string;
  /** Of the failures that could be read, 0 to 1. */
  readonly share: number;
  /** Of the others that could be read, 0 to 1; null when there are none. */
  readonly normal: number | null;
}

/** So few say nothing. */
const LEAST_SAMPLES = 5;
/** What is rarer among the failures is no cause of them; what is not so much more frequent than usual neither. */
const LEAST_SHARE = 0.6;
const LEAST_EXCESS = 0.2;
const MOST_REPEATS = 10;
/** Of one task: so deep, and so many. */
const MOST_LEVELS = 3;
const MOST_PATHS = 64;
const LONGEST_VALUE = 100;
/** What needs no quotes in a path. */
const PLAIN_KEY = /^[\p{L}\p{N}_-]+$/u;

/**
 * The most telling first. Tasks whose arguments cannot be read, or were cut, are left out on both sides.
 * @param failures samples of one group, some 200
 * @param others samples of the same task that did not fail
 */
export function findRepeats(failures: readonly Called[], others: readonly Called[]): Repeat[] {
  const failed = countValues(failures);
  const usual = countValues(others);
  if (failed.tasks < LEAST_SAMPLES) return [];
  const repeats: Repeat[] = [];
  for (const [key, { path, value, count }] of failed.values) {
    const share = count / failed.tasks;
    const normal = usual.tasks === 0 ? null : (usual.values.get(key)?.count ?? 0) / usual.tasks;
    if (share >= LEAST_SHARE && share - (normal ?? 0) >= LEAST_EXCESS)
      repeats.push({ path, value, share, normal });
  }
  return repeats
    .sort((a, b) => excess(b) - excess(a) || b.share - a.share || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_REPEATS);
}

function excess({ share, normal }: Repeat): number {
  return share - (normal ?? 0);
}

interface Counted {
  readonly path: string;
  readonly value: string;
  count: number;
}

function countValues(tasks: readonly Called[]): { tasks: number; values: Map<string, Counted> } {
  const values = new Map<string, Counted>();
  let readable = 0;
  for (const { args, kwargs } of tasks) {
    const found = new Map<string, readonly [path: string, value: string]>();
    const areRead = [readInto(found, 'args', args), readInto(found, 'kwargs', kwargs)];
    if (!areRead.includes(true)) continue;
    readable++;
    for (const [key, [path, value]] of found) {
      const known = values.get(key);
      if (known === undefined) values.set(key, { path, value, count: 1 });
      else known.count++;
    }
  }
  return { tasks: readable, values };
}

type Found = Map<string, readonly [path: string, value: string]>;

function readInto(found: Found, path: string, text: string | null): boolean {
  const read = text === null ? null : parsePythonRepr(text);
  if (read === null || !read.ok) return false;
  collect(found, path, read.value, MOST_LEVELS);
  return true;
}

function collect(found: Found, path: string, value: unknown, levels: number): void {
  if (found.size >= MOST_PATHS) return;
  if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value)) {
    if (levels === 0) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.slice(0, MOST_PATHS).entries())
        collect(found, `${path}[${index}]`, item, levels - 1);
      return;
    }
    for (const key of Object.keys(value).slice(0, MOST_PATHS))
      collect(found, `${path}.${keyText(key)}`, (value as Record<string, unknown>)[key], levels - 1);
    return;
  }
  const printed = valueText(value);
  found.set(`${path}\u0000${typeof value}\u0000${printed}`, [path, printed]);
}

function keyText(key: string): string {
  const short = key.slice(0, LONGEST_VALUE);
  return PLAIN_KEY.test(short) ? short : `"${short.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, LONGEST_VALUE);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? 'None' : JSON.stringify(value).slice(0, LONGEST_VALUE);
}
