// What an exported history is written as: JSON lines, one for each task, worker, count of a stretch of time and sample of a gauge. The first
// line says what the file is, the last one how many there are of each, so that a file that was cut is noticed. Nothing of SQLite or
// PostgreSQL is in it: what one wrote the other reads, and `jq` does too.
import type { TaskRecord } from '@umbel/celery';
import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { TALLY_KINDS, TALLY_STEPS, type StretchTally } from '../../measures/tally.ts';
import { GAUGE_FIELDS, type Gauge, type GaugeKind } from '../measures.ts';
import type { StoredWorker } from '../store.ts';

/** Grows when a file of today could no longer be read. */
export const EXPORT_VERSION = 1;

/** One thing of a history. */
export type HistoryItem =
  | { readonly task: TaskRecord }
  | { readonly worker: StoredWorker }
  | { readonly tally: StretchTally }
  | { readonly gauge: Gauge };

export const ITEM_KINDS = ['task', 'worker', 'tally', 'gauge'] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];
export type ItemCounts = Readonly<Record<ItemKind, number>>;

const text = Type.Union([Type.String(), Type.Null()]);
const number = Type.Union([Type.Number(), Type.Null()]);
const flag = Type.Union([Type.Boolean(), Type.Null()]);
const exactly = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });
const oneOf = <T extends string>(words: readonly T[]) => Type.Union(words.map((word) => Type.Literal(word)));

const TaskSchema = exactly({
  uuid: Type.String({ minLength: 1 }),
  name: text,
  state: Type.String({ minLength: 1 }),
  sent: number,
  received: number,
  started: number,
  succeeded: number,
  failed: number,
  retried: number,
  revoked: number,
  rejected: number,
  custom: Type.Union([exactly({ state: Type.String(), timestamp: Type.Number() }), Type.Null()]),
  args: text,
  kwargs: text,
  result: text,
  exception: text,
  traceback: text,
  runtime: number,
  retries: Type.Number(),
  eta: text,
  expires: text,
  queue: text,
  exchange: text,
  routingKey: text,
  worker: text,
  client: text,
  pid: number,
  rootId: text,
  parentId: text,
  terminated: flag,
  signum: text,
  expired: flag,
  requeue: flag,
  clock: Type.Number(),
  timestamp: Type.Number(),
  extraHistory: Type.Array(
    exactly({
      state: Type.String(),
      timestamp: Type.Number(),
      hostname: Type.String(),
      retries: Type.Optional(Type.Number()),
      exception: Type.Optional(Type.String()),
    }),
    { maxItems: 100 },
  ),
});

const WorkerSchema = exactly({
  hostname: Type.String({ minLength: 1 }),
  pid: number,
  freq: number,
  active: number,
  processed: number,
  loadavg: Type.Union([Type.Array(Type.Number()), Type.Null()]),
  factsAt: number,
  software: Type.Union([
    exactly({ ident: Type.String(), version: Type.String(), system: Type.String() }),
    Type.Null(),
  ]),
  onlineAt: number,
  heartbeatAt: number,
  offlineAt: number,
  lastEventAt: Type.Number(),
  clock: Type.Number(),
  status: oneOf(['online', 'offline'] as const),
  statusSince: Type.Number(),
  offlineReason: Type.Union([oneOf(['goodbye', 'silent'] as const), Type.Null()]),
  lastHeard: Type.Number(),
});

const count = Type.Integer();
const spans = Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]));
const TallySchema = exactly({
  kind: oneOf(TALLY_KINDS),
  label: Type.String(),
  at: Type.Number(),
  stepS: Type.Union(TALLY_STEPS.map((step) => Type.Literal(step))),
  counts: exactly({
    received: count,
    started: count,
    succeeded: count,
    failed: count,
    retried: count,
    revoked: count,
  }),
  runSeconds: Type.Number(),
  run: spans,
  wait: spans,
});

const GaugeSchema = exactly({
  kind: oneOf(Object.keys(GAUGE_FIELDS) as GaugeKind[]),
  label: Type.String(),
  at: Type.Number(),
  values: Type.Record(Type.String(), Type.Number()),
});

const HeadSchema = Type.Object({
  umbel_history: Type.Integer(),
  exported_at: Type.String(),
});
const EndSchema = exactly({ end: exactly({ task: count, worker: count, tally: count, gauge: count }) });

const SCHEMAS = { task: TaskSchema, worker: WorkerSchema, tally: TallySchema, gauge: GaugeSchema } as const;

/** A line that does not belong into a file of this kind; `message` is a sentence without its number. */
export class HistoryLineError extends Error {
  override name = 'HistoryLineError';
}

/** The first line. @param at epoch milliseconds */
export function headLine(at: number): string {
  return line({ umbel_history: EXPORT_VERSION, exported_at: new Date(at).toISOString() });
}

export function itemLine(item: HistoryItem): string {
  return line(item);
}

/** The last line. */
export function endLine(counts: ItemCounts): string {
  return line({ end: counts });
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** @throws HistoryLineError when it is not the first line of a history that this Umbel can read */
export function readHead(lineText: string): void {
  const value = parse(lineText);
  if (!Value.Check(HeadSchema, value))
    throw new HistoryLineError('this is not an exported history of Umbel: the first line says nothing of it');
  const { umbel_history: version } = value;
  if (version > EXPORT_VERSION)
    throw new HistoryLineError(`a newer Umbel has written it (format ${version}, not ${EXPORT_VERSION})`);
}

/** @throws HistoryLineError */
export function readLine(lineText: string): HistoryItem | { readonly end: ItemCounts } {
  const value = parse(lineText);
  const [kind = '', ...others] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (others.length === 0 && kind === 'end' && Value.Check(EndSchema, value)) {
    return value;
  }
  if (others.length > 0 || !isItemKind(kind))
    throw new HistoryLineError(`a line holds one of ${ITEM_KINDS.join(', ')} or end`);
  const content = (value as Record<string, unknown>)[kind];
  const schema: TSchema = SCHEMAS[kind];
  if (!Value.Check(schema, content)) {
    const [first] = Value.Errors(schema, content);
    const field = first === undefined ? '' : `${first.instancePath.replaceAll('/', '.')} ${first.message}`;
    throw new HistoryLineError(`the ${kind} is not whole: ${kind}${field}`);
  }
  return value as HistoryItem;
}

function isItemKind(word: string): word is ItemKind {
  return (ITEM_KINDS as readonly string[]).includes(word);
}

function parse(lineText: string): unknown {
  try {
    return JSON.parse(lineText);
  } catch {
    throw new HistoryLineError('it is not JSON');
  }
}
