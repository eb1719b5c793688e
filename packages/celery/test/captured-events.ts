// Reads what scripts/capture-event-fixtures.ts captured from real workers.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Message } from '../src/message/message.ts';
import { parseEnvelope } from '../src/message/redis-envelope.ts';

const folder = resolve(import.meta.dirname, '../src/events/fixtures');

/** Names of the captures: `celery-<version>-<broker>`. */
export const CAPTURES = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.replace(/\.jsonl$/, ''))
  .sort();

interface Captured {
  readonly payload?: string;
  readonly properties?: {
    readonly headers: Record<string, unknown>;
    readonly contentType: string;
    readonly contentEncoding: string;
  };
  readonly body?: string;
}

/** The messages of a capture in the order of arrival. */
export function capturedMessages(name: string): Message[] {
  return readFileSync(resolve(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { payload, properties, body } = JSON.parse(line) as Captured;
      if (payload !== undefined) return parseEnvelope(payload);
      if (!properties || body === undefined) throw new Error(`not a captured message: ${line}`);
      return { ...properties, properties: {}, body: Buffer.from(body, 'base64') };
    });
}
