// Where in Umbel's records the values of tasks lie: the one list of it, for every kind of redaction. Pure.
import type { TaskRecord, TaskResult } from '@umbel/celery';
import type { Redaction } from './redaction.ts';

/** What a kind of redaction decides itself. */
export type ValueRedaction = Pick<Redaction, 'repr' | 'value' | 'text' | 'exception'>;

/** States whose stored result is an exception. */
const FAILED: ReadonlySet<string> = new Set(['FAILURE', 'RETRY', 'REVOKED']);
/** Answers that list tasks. */
const TASK_LISTS: readonly string[] = ['active', 'reserved', 'scheduled'];
/** Settings that hold what beat sends: Celery's name, its old one, and Django's. */
const SCHEDULES: ReadonlySet<string> = new Set([
  'beat_schedule',
  'CELERYBEAT_SCHEDULE',
  'CELERY_BEAT_SCHEDULE',
]);
/** What a worker tells of a task besides its values (celery/worker/request.py, `info`; celery/worker/control.py, `scheduled`). */
const FACTS: ReadonlySet<string> = new Set([
  'id',
  'name',
  'type',
  'hostname',
  'time_start',
  'acknowledged',
  'delivery_info',
  'worker_pid',
  'eta',
  'priority',
]);

export function createRecordRedaction(values: ValueRedaction): Redaction {
  const maybe = (redact: (text: string) => string, text: string | null) =>
    text === null ? null : redact(text);

  function workerTask(task: unknown): unknown {
    if (typeof task !== 'object' || task === null || Array.isArray(task)) return values.value(task);
    return Object.fromEntries(
      Object.entries(task).map(([key, item]: [string, unknown]) => {
        if (FACTS.has(key)) return [key, item];
        if (key === 'request') return [key, workerTask(item)];
        const isRepr = (key === 'args' || key === 'kwargs') && typeof item === 'string';
        return [key, isRepr ? values.repr(item) : values.value(item)];
      }),
    );
  }

  /** What a worker is configured to: what beat sends (`{name: {task, args, kwargs, …}}`) carries arguments of tasks. */
  function workerSettings(conf: unknown): unknown {
    if (!isObject(conf)) return conf;
    return mapObject(conf, (schedule, setting) =>
      SCHEDULES.has(setting) && isObject(schedule) ? mapObject(schedule, scheduledTask) : schedule,
    );
  }

  function scheduledTask(entry: unknown): unknown {
    if (!isObject(entry)) return values.value(entry);
    return mapObject(entry, (item, key) => (key === 'args' || key === 'kwargs' ? values.value(item) : item));
  }

  return {
    ...values,
    task: (task: TaskRecord): TaskRecord => ({
      ...task,
      args: maybe(values.repr, task.args),
      kwargs: maybe(values.repr, task.kwargs),
      result: maybe(values.repr, task.result),
      exception: maybe(values.exception, task.exception),
      traceback: maybe(values.text, task.traceback),
      extraHistory: task.extraHistory.map((entry) =>
        entry.exception === undefined ? entry : { ...entry, exception: values.exception(entry.exception) },
      ),
    }),
    taskResult: (result: TaskResult): TaskResult => ({
      ...result,
      result: FAILED.has(result.state) ? storedException(result.result, values) : values.value(result.result),
      traceback: maybe(values.text, result.traceback),
    }),
    workerReplies: (replies) =>
      Object.fromEntries(
        Object.entries(replies).map(([method, reply]) => [
          method,
          TASK_LISTS.includes(method) && Array.isArray(reply)
            ? reply.map(workerTask)
            : method === 'conf'
              ? workerSettings(reply)
              : reply,
        ]),
      ),
  };
}

/** Celery keeps an exception as `{exc_type, exc_message, exc_module}`; what tells its class is no value of the task. */
function storedException(result: unknown, values: ValueRedaction): unknown {
  if (typeof result === 'string') return values.exception(result);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return values.value(result);
  const { exc_type: type, exc_module: module, ...rest } = result as Record<string, unknown>;
  return {
    ...(values.value(rest) as object),
    ...(typeof type === 'string' ? { exc_type: type } : {}),
    ...(typeof module === 'string' ? { exc_module: module } : {}),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** The keys stay; `__proto__` is one like others. */
function mapObject(
  object: Readonly<Record<string, unknown>>,
  change: (item: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, item]): [string, unknown] => [key, change(item, key)]),
  );
}
