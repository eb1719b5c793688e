// How kombu names what it keeps in Redis: queues, bindings, pub/sub channels. Pure text, no sockets.
// Format: kombu/transport/redis.py, `Channel` (checked against kombu 5.7.0).
import { CeleryError } from '../errors.ts';
import type { BrokerOptions } from './broker-options.ts';

/** One member of a binding set. */
export interface Binding {
  readonly routingKey: string;
  /** Not empty for the bindings of a topic exchange: the routing key as a Python regular expression. Never evaluated here. */
  readonly pattern: string;
  readonly queue: string;
}

export interface RedisKeys {
  /** List for a message of this priority (0 … 9; what is outside is clamped). */
  queue(name: string, priority: number): string;
  /** All lists of a queue, in the order in which workers empty them. */
  queueSteps(name: string): string[];
  /** Glob pattern for SCAN that finds the lists, of all priorities, of queues whose names begin and end so. */
  queueGlob(begin: string, end: string): string;
  /** Set with the bindings of an exchange. */
  bindings(exchange: string): string;
  /** Set with those bindings whose queues do not expire; kombu 5.7 keeps a binding set that has one. */
  permanentBindings(exchange: string): string;
  /** Glob pattern for SCAN that finds the binding sets of all exchanges. */
  readonly bindingsGlob: string;
  /** The exchange whose binding set this key is. */
  exchangeOf(bindingsKey: string): string;
  formatBinding(binding: Binding): string;
  /** Null when it is no binding. */
  parseBinding(member: string): Binding | null;
  /** Channel of a fanout exchange. */
  channel(exchange: string, routingKey: string): string;
  /** Glob pattern for PSUBSCRIBE: everything that is published on a fanout exchange. */
  channelGlob(exchange: string): string;
}

const DEFAULT_STEPS = [0, 3, 6, 9];
const DEFAULT_SEP = '\x06\x16';
const MAX_PRIORITY = 9;

/** @throws CeleryError `bad_argument` when `prioritySteps` is empty or not in ascending order, or `sep` is empty */
export function createRedisKeys(
  db: number,
  options: Pick<
    BrokerOptions,
    'globalKeyprefix' | 'prioritySteps' | 'sep' | 'fanoutPrefix' | 'fanoutPatterns'
  > = {},
): RedisKeys {
  const prefix = options.globalKeyprefix ?? '';
  const steps = options.prioritySteps ?? DEFAULT_STEPS;
  const sep = options.sep ?? DEFAULT_SEP;
  const patterns = options.fanoutPatterns ?? true;
  const fanoutPrefix = prefix + formatFanoutPrefix(options.fanoutPrefix ?? true, db);
  checkSteps(steps);
  if (sep === '') throw badOption('sep', 'must not be empty');

  const stepKey = (name: string, step: number): string => `${prefix}${name}${step === 0 ? '' : sep + step}`;
  const bindingsPrefix = `${prefix}_kombu.binding.`;
  return {
    queue: (name, priority) => stepKey(name, stepOf(steps, priority)),
    queueSteps: (name) => steps.map((step) => stepKey(name, step)),
    queueGlob: (begin, end) => `${escapeGlob(prefix + begin)}*${escapeGlob(end)}*`,
    bindings: (exchange) => bindingsPrefix + exchange,
    permanentBindings: (exchange) => `${prefix}_kombu.binding_permanent.${exchange}`,
    bindingsGlob: `${escapeGlob(bindingsPrefix)}*`,
    exchangeOf: (key) => key.slice(bindingsPrefix.length),
    formatBinding: ({ routingKey, pattern, queue }) => [routingKey, pattern, queue].join(sep),
    parseBinding: (member) => {
      const [routingKey, pattern, queue, ...rest] = member.split(sep);
      if (routingKey === undefined || pattern === undefined || !queue || rest.length > 0) return null;
      return { routingKey, pattern, queue };
    },
    channel: (exchange, routingKey) =>
      fanoutPrefix + exchange + (routingKey !== '' && patterns ? `/${routingKey}` : ''),
    channelGlob: (exchange) => escapeGlob(fanoutPrefix + exchange) + (patterns ? '/*' : ''),
  };
}

/** Makes text literal in a Redis glob pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}

/** The greatest step that is not above the priority; kombu takes the last one when all are above. */
function stepOf(steps: readonly number[], priority: number): number {
  const clamped = Math.min(MAX_PRIORITY, Math.max(0, Math.trunc(priority) || 0));
  return steps.findLast((step) => step <= clamped) ?? steps.at(-1) ?? 0;
}

function formatFanoutPrefix(option: boolean | string, db: number): string {
  if (option === false || option === '') return '';
  return option === true ? `/${db}.` : option.replaceAll('{db}', String(db));
}

function checkSteps(steps: readonly number[]): void {
  if (steps.length === 0) throw badOption('priority_steps', 'must not be empty');
  for (const [i, step] of steps.entries()) {
    const previous = steps[i - 1] ?? -1;
    if (!Number.isInteger(step) || step < 0 || step <= previous) {
      throw badOption('priority_steps', 'must be whole numbers from 0 in ascending order');
    }
  }
}

function badOption(field: string, reason: string): CeleryError {
  return new CeleryError('bad_argument', `The Redis transport option ${field} ${reason}.`, {
    params: { field },
  });
}
