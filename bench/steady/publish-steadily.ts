// The publisher of the steady benchmark, a process of its own: sends a flood's events each at its own time, as a busy cluster does.
// node publish-steadily.ts <broker url> <plan as JSON>; prints the flood's facts as JSON when it has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { redisEnvelope } from '../ingest/redis-envelope.ts';
import { type FloodMessage, type FloodPlan, floodMessages } from '../ingest/synthetic-events.ts';

interface Sender {
  send(message: FloodMessage): Promise<void>;
  close(): Promise<void>;
}

const [url = '', planJson = ''] = process.argv.slice(2);
const plan = JSON.parse(planJson) as FloodPlan;
const sender = url.startsWith('amqp') ? await openAmqp(url) : openRedis(url);
const messages = floodMessages(plan);
for (;;) {
  const step = messages.next();
  if (step.done) {
    await sender.close();
    process.stdout.write(`${JSON.stringify(step.value)}\n`);
    break;
  }
  const waitMs = step.value.at * 1_000 - Date.now();
  if (waitMs > 1) await sleep(waitMs);
  await sender.send(step.value);
}

function openRedis(to: string): Sender {
  const redis = new Redis(to);
  return {
    async send({ routingKey, body }) {
      await redis.publish(`/0.celeryev/${routingKey}`, redisEnvelope(body, routingKey));
    },
    async close() {
      redis.disconnect();
    },
  };
}

async function openAmqp(to: string): Promise<Sender> {
  const connection = await connect(to);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange('celeryev', 'topic', { durable: true });
  return {
    async send({ routingKey, body }) {
      const options = {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        headers: { hostname: 'celery@worker-1.example' },
        deliveryMode: 1,
      };
      const hasRoom = channel.publish('celeryev', routingKey, Buffer.from(body), options);
      if (!hasRoom) await channel.waitForConfirms();
    },
    async close() {
      await channel.waitForConfirms();
      await connection.close();
    },
  };
}
