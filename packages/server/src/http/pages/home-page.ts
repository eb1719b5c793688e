// The page at `/` until the real one comes: what is connected, the workers, the newest tasks. No script.
import type { TaskRecord } from '@umbel/celery';
import type { Caller } from '../../auth/authenticator.ts';
import type { Health, WorkerView } from '../../desk/desk.ts';
import type { Answer, ServerFacts } from '../api-request.ts';
import { type Html, html } from '../html.ts';
import { foldingTable } from './folding-table.ts';
import { page, showTime } from './page.ts';
import { toWorkerRow } from '../worker-row.ts';

export interface HomePageFacts {
  readonly server: ServerFacts;
  readonly caller: Caller;
  readonly health: Health;
  readonly workers: readonly WorkerView[];
  readonly tasks: readonly TaskRecord[];
  readonly countByState: ReadonlyMap<string, number>;
}

export function homePage(facts: HomePageFacts): Answer<string> {
  const { health, server, caller } = facts;
  const { urlPrefix } = server;
  return page(
    { server, caller, title: 'Overview' },
    html`<h1>Overview</h1>
<dl>
<dt>Broker</dt><dd>${health.broker.url}, ${status(health.broker.connected, health.broker.detail)}</dd>
<dt>Events</dt><dd>${status(health.events.connected, health.events.detail)}, ${health.events.lagSeconds.toFixed(1)} s behind</dd>
<dt>History</dt><dd>${health.store.location}, ${status(health.store.writable, health.store.writable ? 'writing' : health.store.detail)}</dd>
<dt>Results</dt><dd>${health.resultBackend.url === null ? '' : `${health.resultBackend.url}, `}${health.resultBackend.detail}</dd>
</dl>
${workersTable(facts.workers)}
${tasksTable(facts)}
<footer><a href="${urlPrefix}/api/docs/">API</a> · <a href="${urlPrefix}/api/openapi.json">OpenAPI</a> · <a href="${urlPrefix}/readyz">Health</a> · Umbel ${server.version}</footer>`,
  );
}

function status(good: boolean, detail: string): Html {
  return good ? html`${detail}` : html`<span class="bad">${detail}</span>`;
}

function workersTable(workers: readonly WorkerView[]): Html {
  if (workers.length === 0) return html`<h2>Workers</h2><p>No worker has been seen yet.</p>`;
  return html`<h2>Workers</h2>
${foldingTable(
  'Workers',
  [
    { name: 'Name', kind: 'long', plain: true },
    { name: 'Status', plain: true },
    { name: 'Active', kind: 'number' },
    { name: 'Processed', kind: 'number' },
    { name: 'Load' },
    { name: 'Last heartbeat' },
  ],
  workers.map((view) => {
    const row = toWorkerRow(view);
    return [
      html`${row.hostname}`,
      status(row.status === 'online', row.status),
      html`${row.active ?? ''}`,
      html`${row.processed ?? ''}`,
      html`${row.load?.join(' ') ?? ''}`,
      time(row.last_heartbeat),
    ];
  }),
)}`;
}

function tasksTable({ tasks, countByState, server }: HomePageFacts): Html {
  const counts = [...countByState].map(([state, count]) => `${count} ${state}`).sort();
  if (tasks.length === 0) return html`<h2>Tasks</h2><p>No task has been seen yet.</p>`;
  return html`<h2>Newest tasks</h2>
<p>${counts.join(' · ')}</p>
${foldingTable(
  'Newest tasks',
  [
    { name: 'Received', plain: true },
    { name: 'Name', kind: 'long', plain: true },
    { name: 'Id', kind: 'long', plain: true },
    { name: 'State', plain: true },
    { name: 'Worker', kind: 'long' },
    { name: 'Runtime', kind: 'number' },
  ],
  tasks.map((task) => [
    time(task.received),
    html`${task.name ?? ''}`,
    html`<a href="${server.urlPrefix}/api/task/info/${encodeURIComponent(task.uuid.toWellFormed())}">${task.uuid}</a>`,
    status(task.state !== 'FAILURE', task.state),
    html`${task.worker ?? ''}`,
    html`${task.runtime === null ? '' : `${task.runtime.toFixed(3)} s`}`,
  ]),
)}`;
}

/** Epoch seconds. Clocks of workers may say anything, also what no calendar holds. */
function time(seconds: number | null): Html {
  return seconds === null ? html`` : showTime(seconds * 1_000);
}
