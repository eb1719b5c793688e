// The publisher of the ingest benchmark, a process of its own: floods a Redis with events as fast as whoever listens takes them.
// Pub/sub knows no backpressure, so this keeps an eye on what Redis holds for its subscribers and waits while that is much.
// node publish-flood.ts <redis port> <plan as JSON>; prints the flood's facts as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { redisEnvelope } from './redis-envelope.ts';
import { type FloodPlan, floodMessages } from './synthetic-events.ts';

/** How much may wait in Redis for the slowest subscriber before the flood pauses, and until what it pauses. */
const PAUSE_ABOVE_BYTES = 8 * 1024 * 1024;
const RESUME_BELOW_BYTES = 2 * 1024 * 1024;
/** Messages between two looks; some 3 MB. */
const MESSAGES_PER_LOOK = 200;
const LOOK_AGAIN_MS = 5;

const [port, planJson] = process.argv.slice(2);
const plan = JSON.parse(planJson ?? '') as FloodPlan;
const redis = new Redis({ host: '127.0.0.1', port: Number(port) });

async function waitingBytes(): Promise<number> {
  const clients = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub'));
  return Math.max(0, ...[...clients.matchAll(/ omem=(\d+)/g)].map((match) => Number(match[1])));
}

async function giveTime(): Promise<void> {
  if ((await waitingBytes()) < PAUSE_ABOVE_BYTES) return;
  while ((await waitingBytes()) > RESUME_BELOW_BYTES) await sleep(LOOK_AGAIN_MS);
}

const messages = floodMessages(plan);
let published: Promise<unknown>[] = [];
for (;;) {
  const step = messages.next();
  if (step.done) {
    await Promise.all(published);
    process.stdout.write(`${JSON.stringify(step.value)}\n`);
    break;
  }
  const { body, routingKey } = step.value;
  published.push(redis.publish(`/0.celeryev/${routingKey}`, redisEnvelope(body, routingKey)));
  if (published.length < MESSAGES_PER_LOOK) continue;
  await Promise.all(published);
  published = [];
  await giveTime();
}
redis.disconnect();
