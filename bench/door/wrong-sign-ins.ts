// A process of its own: knocks with wrong names, passwords and tokens at a given rate, as a script that guesses would, over
// connections that stay open. node wrong-sign-ins.ts <plan as JSON>; prints `begun`, and at the end what was answered as JSON.
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface WrongSignInPlan {
  readonly url: string;
  /** A second, of all kinds together. */
  readonly rate: number;
  readonly seconds: number;
  /** Many: each is another client, behind a trusted proxy. */
  readonly addresses: 'one' | 'many';
}

export interface WrongSignInReport {
  readonly answered: number;
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
}

const TICK_MS = 5;
/** Names that exist (`ada`) and names that do not: neither may be cheaper. */
const NAMES = ['ada', 'root', 'admin', 'eve'];

interface Knock {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string;
}

/** Basic header, form, token, and again; no two the same. */
const KINDS: readonly ((index: number, name: string) => Knock)[] = [
  (index, name) => ({
    method: 'GET',
    path: '/api/tasks',
    headers: { authorization: `Basic ${Buffer.from(`${name}:wrong-${index}`).toString('base64')}` },
  }),
  (index, name) => ({
    method: 'POST',
    path: '/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `name=${name}&password=wrong-${index}`,
  }),
  (index) => ({
    method: 'GET',
    path: '/api/workers',
    headers: { authorization: `Bearer umbel_${index}_wrong` },
  }),
];

const [planText = ''] = process.argv.slice(2);
const plan = JSON.parse(planText) as WrongSignInPlan;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const statuses: Record<string, number> = {};
let answered = 0;
const pending: Promise<void>[] = [];

process.stdout.write('begun\n');
const start = performance.now();
let sent = 0;
await new Promise<void>((ended) => {
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - start;
    const due = Math.floor((Math.min(elapsedMs, plan.seconds * 1_000) * plan.rate) / 1_000);
    for (; sent < due; sent++) pending.push(knock(sent));
    if (elapsedMs < plan.seconds * 1_000) return;
    clearInterval(timer);
    ended();
  }, TICK_MS);
});
await Promise.all(pending);
const report: WrongSignInReport = { answered, seconds: (performance.now() - start) / 1_000, statuses };
process.stdout.write(`${JSON.stringify(report)}\n`);
agent.destroy();

function knock(index: number): Promise<void> {
  const kind = KINDS[index % KINDS.length] as (typeof KINDS)[number];
  const name = NAMES[Math.floor(index / KINDS.length) % NAMES.length] as string;
  const { method, path, headers, body } = kind(index, name);
  const from = plan.addresses === 'many' ? { 'x-forwarded-for': addressOf(index) } : {};
  return new Promise((resolve) => {
    const count = (status: string): void => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve();
    };
    request(`${plan.url}${path}`, { method, agent, headers: { ...headers, ...from } }, (response) => {
      response.resume().on('end', () => {
        answered++;
        count(`${response.statusCode}`);
      });
    })
      .on('error', (error: NodeJS.ErrnoException) => count(error.code ?? 'error'))
      .end(body);
  });
}

/** Another one each time, for 16 million times. */
function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
