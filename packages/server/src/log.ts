// The one logger of the process: lines for people, or JSON for machines, on standard error.
import { type Logger, pino } from 'pino';
import { build } from 'pino-pretty';
import type { OptionValues } from './config/options.ts';

export function createLog(config: Pick<OptionValues, 'log-level' | 'log-format'>): Logger {
  const options = { level: config['log-level'], base: null };
  if (config['log-format'] === 'json')
    return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  return pino(
    options,
    build({
      destination: 2,
      sync: true,
      ignore: 'pid,hostname',
      translateTime: 'SYS:HH:MM:ss',
      singleLine: true,
    }),
  );
}
