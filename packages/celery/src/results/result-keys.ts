// Names of keys in key/value result backends. Source: celery/backends/base.py `KeyValueStoreBackend`.

const TASK_PREFIX = 'celery-task-meta-';

/**
 * What stands in front of every key: `global_keyprefix` of `result_backend_transport_options`. Unlike the broker's option
 * of the same name it gets an underscore unless it ends in one of `: _ - .`.
 */
export function resultKeyPrefix(globalKeyprefix: string): string {
  return globalKeyprefix === '' || /[:_.-]$/.test(globalKeyprefix) ? globalKeyprefix : `${globalKeyprefix}_`;
}

/** The key of a task's document, which is also the name of the channel where its changes are published. */
export function taskResultKey(prefix: string, taskId: string): string {
  // Lone surrogates have no UTF-8; replaced here, so that the key and the channel's name that comes back are the same.
  return `${prefix}${TASK_PREFIX}${taskId}`.toWellFormed();
}
