// The operation that counts waiting messages.
import { Type } from 'typebox';
import { operation } from './operation.ts';

export const queueLengths = operation({
  id: 'queueLengths',
  tag: 'Queues',
  summary: 'Messages waiting in every queue',
  description: 'All queues that a known worker consumes or that the broker reveals.',
  parameters: {},
  reply: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description: 'By queue.' }),
  replyDescription: 'Messages by queue.',
  errors: [503],
});
