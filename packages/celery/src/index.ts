// @umbel/celery: Celery's wire protocol for Node. Table of contents, no logic.
export { CeleryError, type CeleryErrorCode } from './errors.ts';
export type { Message, MessageProperties } from './message/message.ts';
export type {
  Broker,
  ConnectionState,
  EventSubscription,
  PublishTarget,
  ReplyQueue,
  Subscription,
} from './broker/broker.ts';
export type { BrokerLog, BrokerOptions } from './broker/broker-options.ts';
export type { CeleryEvent, TaskDescription, TaskEvent, WorkerEvent } from './events/celery-event.ts';
export type { HistoryEntry, TaskRecord } from './state/task-record.ts';
export type { WorkerRecord } from './state/worker-record.ts';
export { READY_STATES, type ResultBackend, type TaskResult } from './results/result-backend.ts';
