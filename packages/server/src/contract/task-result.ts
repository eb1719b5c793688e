// The result of a task as the result backend keeps it.
import { formatPythonRepr, READY_STATES, type TaskResult } from '@umbel/celery';
import { type Static, Type } from 'typebox';
import { operation } from './operation.ts';
import { seconds, withDefault } from './parameter-kinds.ts';

/** The most that anybody may wait for a task to end. */
export const MAX_WAIT_S = 3_600;
/** Of each argument of an exception. */
const MAX_MESSAGE_CHARS = 100_000;

export const TaskResultReply = Type.Object({
  'task-id': Type.String(),
  state: Type.String({ description: 'PENDING also means that nothing is known.' }),
  result: Type.Optional(
    Type.Unknown({
      description:
        "Absent before the end. The return value; after a failure the exception, like ValueError('no').",
    }),
  ),
  traceback: Type.Optional(Type.String({ description: 'After a failure.' })),
});
export type TaskResultReply = Static<typeof TaskResultReply>;

export const taskResult = operation({
  id: 'taskResult',
  tag: 'Tasks',
  summary: 'Result of a task',
  description:
    'With `timeout` the answer comes when the task ends or the time has passed, whatever is first; without, at once.',
  target: { name: 'taskid', description: 'Id of the task.' },
  parameters: {
    timeout: withDefault(seconds('Longest time to wait for the end.', { max: MAX_WAIT_S }), 0),
  },
  reply: TaskResultReply,
  replyDescription: 'State and, where there is one, the result.',
  errors: [400, 404, 415, 503],
});

/** States whose meta says only where the task runs. */
const WITHOUT_RESULT = new Set(['PENDING', 'RECEIVED', 'STARTED']);

export function toTaskResultReply(found: TaskResult): TaskResultReply {
  const { state, result, traceback } = found;
  const hasResult = READY_STATES.has(state) || (result !== null && !WITHOUT_RESULT.has(state));
  return {
    'task-id': found.taskId,
    state,
    ...(hasResult ? { result: state === 'SUCCESS' ? result : (asException(result) ?? result) } : {}),
    ...(traceback === null ? {} : { traceback }),
  };
}

/** Celery stores an exception as `{exc_type, exc_message, exc_module}`; Python would show it as `Type(arguments)`. */
function asException(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('exc_type' in result)) return undefined;
  const { exc_type: type, exc_message: message } = result as { exc_type: unknown; exc_message?: unknown };
  if (typeof type !== 'string') return undefined;
  const args = Array.isArray(message) ? message : message === undefined || message === null ? [] : [message];
  return `${type}(${args.map((argument) => formatPythonRepr(argument, MAX_MESSAGE_CHARS)).join(', ')})`;
}
