// The limit that the ingest benchmark compares with: takes events off a Redis, parses their JSON, counts them, and does nothing
// else. Uses the same client as Umbel. A monitor of the benchmark like the others, in a process of its own.
// node receive-and-parse.ts <redis url>; prints the number of events so far whenever it has changed.
import { Redis } from 'ioredis';

const REPORT_EVERY_MS = 100;

const redis = new Redis(process.argv[2] ?? '');
let events = 0;
let reported = -1;
redis.on('pmessageBuffer', (_pattern: Buffer, _channel: Buffer, message: Buffer) => {
  const envelope = JSON.parse(message.toString()) as { body: string };
  const body = JSON.parse(Buffer.from(envelope.body, 'base64').toString()) as unknown;
  events += Array.isArray(body) ? body.length : 1;
});
await redis.psubscribe('/0.celeryev/*');
setInterval(() => {
  if (events === reported) return;
  reported = events;
  process.stdout.write(`${events}\n`);
}, REPORT_EVERY_MS);
