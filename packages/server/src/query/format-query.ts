// The search language of tasks, tree ▶ text. Reading the text again gives the same tree, so long as it is within the limits.
import type { NumberCondition, PathStep, TaskCondition, TimeCondition } from './task-condition.ts';

const COMPARE = { is: '', above: '>', 'at-least': '>=', below: '<', 'at-most': '<=' } as const;
const DAY_MS = 86_400_000;
/** What needs no quotes as a value; as a word it has no colon besides, and begins with no `-`. */
const BARE = /^[\p{L}\p{N}_.@/-][\p{L}\p{N}_.@/:-]*$/u;
const BARE_WORD = /^(?!(?:AND|OR|NOT)$)[\p{L}\p{N}_.@/][\p{L}\p{N}_.@/-]*$/u;
const BARE_STEP = /^[\p{L}\p{N}_-]+$/u;

/** Times are written as points in time, also where the tree came from a span such as `-1h`. */
export function formatQuery(condition: TaskCondition | null): string {
  return condition === null ? '' : format(condition);
}

function format(condition: TaskCondition): string {
  switch (condition.kind) {
    case 'word':
      return quoted(condition.text, BARE_WORD);
    case 'text':
      return `${condition.field}:${matching(condition.match, condition.text)}`;
    case 'path': {
      const value = matching(condition.match === 'is' ? 'contains' : 'starts', condition.text);
      return `${condition.of}${condition.path.map(step).join('')}:${value}`;
    }
    case 'one-of':
      return `${condition.field}:${condition.values.map((value) => quoted(value, BARE)).join(',')}`;
    case 'number':
      return numberTerm(condition);
    case 'time':
      return timeTerm(condition);
    case 'is':
      return `is:${condition.flag}`;
    case 'has':
      return `has:${condition.part}`;
    case 'all':
      return condition.of.map((one) => grouped(one, 'any', 'all')).join(' ');
    case 'any':
      return condition.of.map((one) => grouped(one, 'any')).join(' OR ');
    default:
      return `-${grouped(condition.of, 'any', 'all', 'not')}`;
  }
}

/** The text as a value stands after a key: in quotes where it needs them. */
export function formatValue(text: string): string {
  return quoted(text, BARE);
}

function grouped(condition: TaskCondition, ...kinds: readonly TaskCondition['kind'][]): string {
  const text = format(condition);
  return kinds.includes(condition.kind) ? `(${text})` : text;
}

function matching(match: 'contains' | 'is' | 'starts', text: string): string {
  return `${match === 'is' ? '=' : ''}${quoted(text, BARE)}${match === 'starts' ? '*' : ''}`;
}

function quoted(text: string, bare: RegExp): string {
  return bare.test(text) ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function step(one: PathStep): string {
  return typeof one === 'number' ? `[${one}]` : `.${quoted(one, BARE_STEP)}`;
}

function numberTerm({ field, compare, value }: NumberCondition): string {
  return `${field}:${COMPARE[compare]}${value}${field === 'retries' ? '' : 's'}`;
}

function timeTerm({ field, from, to }: TimeCondition): string {
  const fromMs = from === null ? null : Math.round(from * 1_000);
  const toMs = to === null ? null : Math.round(to * 1_000);
  if (fromMs === null) return toMs === null ? `${field}:>=1970-01-01` : `${field}:<${moment(toMs)}`;
  if (toMs === null) return `${field}:>=${moment(fromMs)}`;
  const isDays = fromMs % DAY_MS === 0 && toMs % DAY_MS === 0;
  // The last of a range belongs to it, and is as long as it is written: a day, or a millisecond.
  const first = isDays ? moment(fromMs) : new Date(fromMs).toISOString();
  const last = isDays ? moment(toMs - DAY_MS) : new Date(toMs - 1).toISOString();
  return first === last ? `${field}:${first}` : `${field}:${first}..${last}`;
}

function moment(ms: number): string {
  const text = new Date(ms).toISOString();
  return ms % DAY_MS === 0 ? text.slice(0, 10) : text;
}
