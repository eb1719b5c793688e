// How fast the pure half of the collector is, in one thread and without sockets or a store: bytes ▶ events ▶ task records.
// node --conditions=source bench/ingest/decode-and-merge.ts [tasks]
import { decodeEvents, emptyTask, mergeInto, type Message, type TaskDraft } from '@umbel/celery';
import { floodMessages } from './synthetic-events.ts';

const tasks = Number(process.argv[2] ?? 100_000);

const messages: Message[] = [];
for (const { body } of floodMessages({ tasks, workers: 4, startsAt: 1_790_000_000, seed: 1 })) {
  messages.push({
    headers: {},
    properties: {},
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: Buffer.from(body),
  });
}

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

let events = 0;
const decoding = cpuSeconds(() => {
  for (const message of messages) events += decodeEvents(message).events.length;
});
const records = new Map<string, TaskDraft>();
const both = cpuSeconds(() => {
  for (const message of messages) {
    for (const event of decodeEvents(message).events) {
      if (!('uuid' in event)) continue;
      let draft = records.get(event.uuid);
      if (!draft) records.set(event.uuid, (draft = emptyTask(event.uuid)));
      mergeInto(draft, event);
    }
  }
});
const rate = (seconds: number): string => Math.round(events / seconds).toLocaleString('en');
process.stdout.write(
  `${events.toLocaleString('en')} events of ${records.size.toLocaleString('en')} tasks\n` +
    `decode          ${rate(decoding)} events per CPU-second\n` +
    `decode + merge  ${rate(both)} events per CPU-second\n`,
);
