// Whoever asks, in a process of its own: gets lists of paths from its parent, asks for each, so many at a time, over connections that stay
// open, and tells how long each answer took. Forked by query.ts.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AskOrder, AskReport } from './asking.ts';

const agents = new Map<number, Agent>();

process.on('message', (order: AskOrder) => {
  void ask(order).then((report) => process.send?.(report));
});

async function ask({ url, paths, clients, seconds, follow, everyMs }: AskOrder): Promise<AskReport> {
  let agent = agents.get(clients);
  if (!agent) agents.set(clients, (agent = new Agent({ keepAlive: true, maxSockets: clients })));
  const latenciesMs: number[] = [];
  const statuses: Record<string, number> = {};
  let [next, refused, lastBody] = [0, '', ''];
  const beginMs = performance.now();
  const endMs = beginMs + seconds * 1_000;
  const client = async (number: number): Promise<void> => {
    // Clients that ask at a pace do not all ask at the same moment.
    let dueMs = beginMs + (number * (everyMs ?? 0)) / clients;
    let cursor: string | null = null;
    while (performance.now() < endMs) {
      let path = paths[next++];
      if (path === undefined) return;
      if (cursor !== null) path += `&cursor=${encodeURIComponent(cursor)}`;
      const nowMs = performance.now();
      if (everyMs !== null && dueMs > nowMs) await sleep(dueMs - nowMs);
      // From when it was due: to wait for the answer before must not hide how slow that was.
      const startedMs = everyMs === null ? performance.now() : dueMs;
      dueMs += everyMs ?? 0;
      const { status, body } = await get(url + path, agent);
      statuses[status] = (statuses[status] ?? 0) + 1;
      // What is refused is refused quickly.
      if (status === 200) latenciesMs.push(performance.now() - startedMs);
      else refused ||= `GET ${path} ${body.slice(0, 300)}`;
      lastBody = body;
      if (follow) cursor = (JSON.parse(body) as { next?: string | null }).next ?? null;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return { latenciesMs, statuses, refused, lastBody };
}

function get(url: string, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => (body += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}
