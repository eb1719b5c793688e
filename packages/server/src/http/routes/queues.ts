// The handler that counts waiting messages.
import type * as contract from '../../contract/queues.ts';
import type { Handler } from '../api-request.ts';

export const queueLengths: Handler<typeof contract.queueLengths> = async ({ desk }) =>
  Object.fromEntries(await desk.queueLengths());
