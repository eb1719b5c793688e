// The public names. A change here is a change for everybody who uses the package: it belongs in CHANGELOG.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as api from '@umbel/celery';

const words = (text: string): string[] => text.trim().split(/\s+/);

test('the package exports these values and no others', () => {
  assert.deepEqual(
    Object.keys(api).sort(),
    words(`
      CeleryError EXCHANGE_TYPES MAX_NAME_BYTES MAX_POOL_SIZE MAX_PRIORITY MAX_RETRIES MAX_TIME_LIMIT_S
      RATE_LIMIT_PATTERN READY_STATES SIGNALS TASK_STATES
      commands connectionSentence decodeBody decodeEvents emptyTask emptyWorker encodeJsonBody exactNumber formatControlRequest
      formatPythonRepr inspect inspectWorkers interpretReply isCustomState isEntityName maskSecrets maskUrls mergeInto mergeIntoWorker
      mergeTask mergeTasks mergeWorker openBroker openMailbox openResultBackend parseBrokerUrl parseKombuJson
      parsePythonRepr parseSignal receiveEvents sendTask stringifyKombuJson taskHistory workerOf`),
  );
});

test('these are the commands and questions to workers', () => {
  assert.deepEqual(
    Object.keys(api.commands).sort(),
    words(`
      addConsumer autoscale cancelConsumer disableEvents enableEvents heartbeat poolGrow poolRestart poolShrink rateLimit
      revoke shutdown timeLimit`),
  );
  assert.deepEqual(
    Object.keys(api.inspect).sort(),
    words(`active activeQueues clock conf ping queryTask registered report reserved revoked scheduled stats`),
  );
});
