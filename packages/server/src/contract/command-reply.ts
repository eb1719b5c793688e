// What workers answered to a command: the reply of every operation that controls workers.
import { type Static, Type } from 'typebox';

const WorkerAnswer = Type.Union([
  Type.Object({ ok: Type.String({ description: "The worker's own words." }) }),
  Type.Object({ error: Type.String({ description: 'Why it refused, or that it did not answer.' }) }),
]);

export const CommandReply = Type.Object(
  {
    message: Type.String({ description: 'One sentence.' }),
    replies: Type.Record(Type.String(), WorkerAnswer, { description: 'By worker.' }),
  },
  { description: 'Errors carry the same `replies`.' },
);

export type CommandReply = Static<typeof CommandReply>;
export type WorkerAnswer = Static<typeof WorkerAnswer>;
