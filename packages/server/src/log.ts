// The one logger of the process: lines for people, or JSON for machines, on standard error.
import { type Logger, pino } from 'pino';
import { build } from 'pino-pretty';
import type { OptionValues } from './config/options.ts';

export function createLog(config: Pick<OptionValues, 'log-level' | 'log-format'>): Logger {
  const options = { level: config['log-level'], base: null };
  if (config['log-format'] === 'json')
    return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  return pino(
    { ...options, serializers: { err: serializeError } },
    build({
      destination: 2,
      sync: true,
      ignore: 'pid,hostname',
      translateTime: 'SYS:HH:MM:ss',
      singleLine: true,
      messageFormat: (line, key) => oneLine(String(line[key])),
    }),
  );
}

/** Fields are written as JSON, but messages and stacks as they are: and an error may quote what came over the network. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { stack, ...fields } = pino.stdSerializers.err(error);
  return { ...fields, stack: stack.split('\n').map(oneLine).join('\n') };
}

/** Without what would move a terminal's cursor, change its colours or forge a line of its own. */
function oneLine(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
