// The half of the server that collects, as the options want it.
import { parseBrokerUrl } from '@umbel/celery';
import type { Logger } from 'pino';
import { type CollectorThread, openCollectorThread } from './collector/collector-thread.ts';
import type { HistoryPlace } from './config/history-place.ts';
import type { OptionValues } from './config/options.ts';
import { orOptionError } from './config/option-error.ts';
import { readBrokerOptions } from './config/read-broker-options.ts';
import { secretNameRules } from './redaction/secret-name-rules.ts';

/** @throws ConfigError when the broker's URL cannot be understood; StoreError */
export async function startCollecting(
  config: OptionValues,
  { place, log }: { readonly place: HistoryPlace; readonly log: Logger },
): Promise<CollectorThread> {
  await orOptionError('--broker', async () => parseBrokerUrl(config.broker));
  return openCollectorThread({
    broker: readBrokerOptions(config),
    history: place,
    retention: {
      maxAgeMs: config['retention-age'],
      maxFailureAgeMs: config['retention-failures'],
      maxTasks: config['retention-tasks'],
      maxBytes: config['retention-size'],
    },
    maxTextBytes: config['max-value-size'],
    redaction: config['redact-stored'] ? { names: secretNameRules(config.redact) } : undefined,
    log,
  });
}
