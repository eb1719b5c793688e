// @umbel/celery: Celery's wire protocol for Node. Table of contents, no logic.
export { CeleryError, type CeleryErrorCode } from './errors.ts';
export { decodeBody, encodeJsonBody } from './message/body.ts';
export { isEntityName, MAX_NAME_BYTES } from './message/entity-names.ts';
export { exactNumber, type RawJson } from './message/exact-number.ts';
export { parseKombuJson, stringifyKombuJson } from './message/kombu-json.ts';
export { formatPythonRepr } from './message/format-python-repr.ts';
export type { Message, MessageProperties } from './message/message.ts';
export { parsePythonRepr, type PythonRepr } from './message/parse-python-repr.ts';
export { MAX_PRIORITY, MAX_RETRIES } from './message/task-message.ts';
export { isCustomState, READY_STATES, TASK_STATES } from './message/task-states.ts';
export { sendTask, type SendOptions } from './send/send-task.ts';
export { type TaskRequest } from './send/task-request.ts';
export type {
  Broker,
  ConnectionState,
  ConsumerTarget,
  EventSubscription,
  PublishTarget,
  ReplyQueue,
  Subscription,
} from './broker/broker.ts';
export type { BrokerOptions } from './broker/broker-options.ts';
export type { Log } from './broker/log.ts';
export {
  parseBrokerUrl,
  type AmqpAddress,
  type BrokerAddresses,
  type RedisAddress,
} from './broker/broker-url.ts';
export { connectionSentence } from './broker/connection-sentence.ts';
export { maskUrls } from './broker/mask-url.ts';
export { openBroker } from './broker/open-broker.ts';
export type { CeleryEvent, TaskDescription, TaskEvent, WorkerEvent } from './events/celery-event.ts';
export { decodeEvents, type DecodedEvents, type DecodeOptions } from './events/decode-events.ts';
export type { Dropped, DropReason } from './events/drop-reason.ts';
export { receiveEvents, type EventReceiver } from './events/receive-events.ts';
export { emptyTask, mergeInto, mergeTask, mergeTasks } from './state/merge-task.ts';
export {
  emptyWorker,
  mergeIntoWorker,
  mergeWorker,
  workerOf,
  type WorkerDraft,
} from './state/merge-worker.ts';
export { type TaskDraft } from './state/task-fields.ts';
export { taskHistory } from './state/task-history.ts';
export type { HistoryEntry, TaskRecord } from './state/task-record.ts';
export type { WorkerRecord } from './state/worker-record.ts';
export {
  EXCHANGE_TYPES,
  type ExchangeType,
  MAX_POOL_SIZE,
  MAX_TIME_LIMIT_S,
  RATE_LIMIT_PATTERN,
} from './control/command-bounds.ts';
export * as commands from './control/commands.ts';
export * as inspect from './control/inspect-commands.ts';
export type { ControlRequest } from './control/control-request.ts';
export { inspectWorkers, type InspectAnswer } from './control/inspect.ts';
export { openMailbox, type Mailbox, type MailboxOptions, type Question } from './control/mailbox.ts';
export { formatControlRequest, type Addressed } from './control/request-message.ts';
export { maskSecrets } from './control/mask-secrets.ts';
export { interpretReply, type Answer } from './control/reply-text.ts';
export { parseSignal, SIGNALS, type SignalName } from './control/signals.ts';
export { openResultBackend, type ResultBackendOptions } from './results/open-result-backend.ts';
export type { RedisResultsOptions } from './results/redis-results.ts';
export type { ResultBackend, TaskResult } from './results/result-backend.ts';
