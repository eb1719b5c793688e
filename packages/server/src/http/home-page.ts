// The page at `/` until the real one comes: what is connected, the workers, the newest tasks. No script.
import type { TaskRecord } from '@umbel/celery';
import type { Health, WorkerView } from '../desk/desk.ts';
import { type Html, html, trustedHtml } from './html.ts';
import { pagePolicy } from './security-headers.ts';
import { toWorkerRow } from './worker-row.ts';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 78rem; padding: 0 1rem; }
h2 { margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .3rem 1.2rem .3rem 0; text-align: left; vertical-align: top; white-space: nowrap; }
td.long { min-width: 11rem; max-width: 26rem; overflow-wrap: anywhere; white-space: normal; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: light-dark(#b3261e, #ff8a80); font-weight: 600; }
footer { margin-top: 2rem; }
`;

/** Content-Security-Policy of this page. */
export function homePagePolicy(frameAncestors: readonly string[]): string {
  return pagePolicy(STYLE, { frameAncestors, forms: false });
}

export interface HomePageFacts {
  readonly version: string;
  readonly urlPrefix: string;
  readonly health: Health;
  readonly workers: readonly WorkerView[];
  readonly tasks: readonly TaskRecord[];
  readonly countByState: ReadonlyMap<string, number>;
}

export function renderHomePage(facts: HomePageFacts): string {
  const { health, urlPrefix } = facts;
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Umbel</title><style>${trustedHtml(STYLE)}</style></head>
<body>
<h1>Umbel</h1>
<dl>
<dt>Broker</dt><dd>${health.broker.url}, ${status(health.broker.connected, health.broker.detail)}</dd>
<dt>Events</dt><dd>${status(health.events.connected, health.events.detail)}, ${health.events.lagSeconds.toFixed(1)} s behind</dd>
<dt>History</dt><dd>${health.store.location}, ${status(health.store.writable, health.store.writable ? 'writing' : health.store.detail)}</dd>
<dt>Results</dt><dd>${health.resultBackend.url === null ? '' : `${health.resultBackend.url}, `}${health.resultBackend.detail}</dd>
</dl>
${workersTable(facts.workers)}
${tasksTable(facts)}
<footer><a href="${urlPrefix}/api/docs/">API</a> · <a href="${urlPrefix}/api/openapi.json">OpenAPI</a> · <a href="${urlPrefix}/readyz">Health</a> · Umbel ${facts.version}</footer>
</body>
</html>
`.text;
}

function status(good: boolean, detail: string): Html {
  return good ? html`${detail}` : html`<span class="bad">${detail}</span>`;
}

function workersTable(workers: readonly WorkerView[]): Html {
  if (workers.length === 0) return html`<h2>Workers</h2><p>No worker has been seen yet.</p>`;
  return html`<h2>Workers</h2>
<div class="scroll"><table><thead><tr><th>Name</th><th>Status</th><th class="number">Active</th><th class="number">Processed</th><th>Load</th><th>Last heartbeat</th></tr></thead>
<tbody>${workers.map((view) => {
    const row = toWorkerRow(view);
    return html`<tr><td class="long">${row.hostname}</td><td>${status(row.status === 'online', row.status)}</td><td class="number">${row.active ?? ''}</td><td class="number">${row.processed ?? ''}</td><td>${row.load?.join(' ') ?? ''}</td><td>${time(row.last_heartbeat)}</td></tr>`;
  })}</tbody></table></div>`;
}

function tasksTable({ tasks, countByState, urlPrefix }: HomePageFacts): Html {
  const counts = [...countByState].map(([state, count]) => `${count} ${state}`).sort();
  if (tasks.length === 0) return html`<h2>Tasks</h2><p>No task has been seen yet.</p>`;
  return html`<h2>Newest tasks</h2>
<p>${counts.join(' · ')}</p>
<div class="scroll"><table><thead><tr><th>Received</th><th>Name</th><th>Id</th><th>State</th><th>Worker</th><th class="number">Runtime</th></tr></thead>
<tbody>${tasks.map(
    (task) =>
      html`<tr><td>${time(task.received)}</td><td class="long">${task.name ?? ''}</td><td class="long"><a href="${urlPrefix}/api/task/info/${encodeURIComponent(task.uuid.toWellFormed())}">${task.uuid}</a></td><td>${status(task.state !== 'FAILURE', task.state)}</td><td class="long">${task.worker ?? ''}</td><td class="number">${task.runtime === null ? '' : `${task.runtime.toFixed(3)} s`}</td></tr>`,
  )}</tbody></table></div>`;
}

/** Epoch seconds as UTC, to the second. Clocks of workers may say anything, also what no calendar holds. */
function time(seconds: number | null): string {
  const date = new Date((seconds ?? Number.NaN) * 1_000);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
