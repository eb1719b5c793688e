// Options ▶ how the broker is spoken to, as @umbel/celery takes it.
import type { BrokerOptions } from '@umbel/celery';
import type { OptionValues } from './options.ts';

/** Without a log: they also cross to the collector's thread, as plain data. */
export function readBrokerOptions(config: OptionValues): Omit<BrokerOptions, 'log'> {
  const transport = config['broker-transport-options'];
  return {
    url: config.broker,
    globalKeyprefix: transport.global_keyprefix,
    prioritySteps: transport.priority_steps,
    sep: transport.sep,
    fanoutPrefix: transport.fanout_prefix,
    fanoutPatterns: transport.fanout_patterns,
    eventExchange: config['event-exchange'],
    controlExchange: config['control-exchange'],
    eventQueuePrefix: config['event-queue-prefix'],
    eventQueueTtlMs: config['event-queue-ttl'],
  };
}
