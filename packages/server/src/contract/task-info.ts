// Everything known about one task: its row and what lists leave out.
import { type TaskRecord, taskHistory } from '@umbel/celery';
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';
import { TaskRow, toTaskRow } from './task-row.ts';

export const TaskInfo = Type.Object({
  ...TaskRow.properties,
  history: Type.Array(
    Type.Object({
      state: Type.String(),
      timestamp: Type.Number({ description: 'Epoch seconds.' }),
      hostname: Type.String({ description: 'Who said it.' }),
      retries: Type.Optional(Type.Integer()),
      exception: Type.Optional(Type.String()),
    }),
    { description: 'Its states, oldest first.' },
  ),
  children: Type.Array(Type.String(), { description: 'Ids of the tasks it sent.' }),
  wait: nullable(Type.Number(), {
    description:
      'Seconds from being sent (where unknown, or after a retry: received) to the start; null before it.',
  }),
  pid: nullable(Type.Integer(), { description: 'Process that runs or ran it.' }),
  terminated: nullable(Type.Boolean(), { description: 'A revoke ended it while it was running.' }),
  signum: nullable(Type.String(), { description: 'Signal that ended it.' }),
  expired: nullable(Type.Boolean(), { description: 'It was revoked because its time was over.' }),
});
export type TaskInfo = Static<typeof TaskInfo>;

/** @param hidden its values have been hidden from the caller */
export function toTaskInfo(task: TaskRecord, children: readonly string[], { hidden = false } = {}): TaskInfo {
  return {
    ...toTaskRow(task, { hidden }),
    history: taskHistory(task).map((entry) => ({ ...entry })),
    children: [...children],
    wait: waitSeconds(task),
    pid: task.pid,
    terminated: task.terminated,
    signum: task.signum,
    expired: task.expired,
  };
}

function waitSeconds({ sent, received, started, retries }: TaskRecord): number | null {
  const since = retries === 0 ? (sent ?? received) : received;
  return started === null || since === null ? null : Math.max(0, started - since);
}
