// The audit trail for people: filters, one page of lines, the way to the next page and to files.
import type { Caller } from '../../auth/authenticator.ts';
import type { AuditItem } from '../../contract/v1-audit.ts';
import type { Answer, ServerFacts } from '../api-request.ts';
import { type Html, html } from '../html.ts';
import { foldingTable } from './folding-table.ts';
import { errorNote, page, showTime } from './page.ts';

/** As they were typed. */
export interface AuditFilters {
  readonly who: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly from: string;
  readonly to: string;
  readonly q: string;
}

export interface AuditPageFacts {
  readonly server: ServerFacts;
  readonly caller: Caller;
  readonly filters: AuditFilters;
  readonly items: readonly AuditItem[];
  /** Cursor of the next page. */
  readonly next: string | null;
  readonly problem: string | null;
}

const OUTCOMES = ['done', 'refused', 'failed'] as const;
/** Longest parameters and replies on the page; the files have them whole. */
const MAX_JSON_CHARS = 600;

export function auditPage(facts: AuditPageFacts): Answer<string> {
  const { server, caller, items, next, filters, problem } = facts;
  const path = `${server.urlPrefix}/audit`;
  return page(
    { server, caller, title: 'Audit', status: problem === null ? 200 : 400 },
    html`<h1>Audit trail</h1>
${errorNote(problem)}
${filterForm(path, filters)}
${items.length === 0 ? html`<p>No line matches.</p>` : lines(items)}
<div class="row">${
      next === null
        ? html``
        : html`<a class="button" rel="next" href="${path}?${query({ ...filters, cursor: next })}">Older</a>`
    }<a href="${server.urlPrefix}/api/v1/audit?${query({ ...filters, format: 'csv' })}">All that match as CSV</a><a href="${server.urlPrefix}/api/v1/audit?${query({ ...filters, format: 'json' })}">as JSON</a><a href="${server.urlPrefix}/api/v1/access">How access is configured</a></div>`,
  );
}

function filterForm(path: string, { who, action, target, outcome, from, to, q }: AuditFilters): Html {
  const field = (name: string, label: string, value: string, hint = '') =>
    html`<div><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}" placeholder="${hint}" autocomplete="off" spellcheck="false"></div>`;
  return html`<form class="card" method="get" action="${path}" role="search"><div class="fields">
${field('who', 'Who', who)}
${field('action', 'Action', action, 'task.revoke, or session')}
${field('target', 'Target', target)}
<div><label for="outcome">Outcome</label><select id="outcome" name="outcome"><option value="">any</option>${OUTCOMES.map(
    (word) => html`<option${word === outcome ? html` selected` : html``}>${word}</option>`,
  )}</select></div>
${field('from', 'From', from, '-1h or 2026-01-31')}
${field('to', 'To', to)}
${field('q', 'Contains', q)}
</div><div class="row"><button class="main">Show</button><a href="${path}">All</a></div></form>`;
}

function lines(items: readonly AuditItem[]): Html {
  return foldingTable(
    'Audit trail, newest first',
    [
      { name: 'When', plain: true },
      { name: 'Who', kind: 'long', plain: true },
      { name: 'Action', kind: 'long', plain: true },
      { name: 'What came of it', kind: 'long', plain: true },
      { name: 'From' },
      { name: 'Took', kind: 'number' },
    ],
    items.map((item) => [
      showTime(Date.parse(item.at)),
      html`${item.who ?? html`<span class="dim">nobody known</span>`}${how(item)}`,
      html`<code>${item.action}</code>${item.target === null ? '' : ` ${item.target}`}${json(item.params)}`,
      html`<span class="${{ done: 'good', refused: 'watch', failed: 'bad' }[item.outcome]}">${item.outcome}</span> ${item.status}${item.detail === null ? html`` : html`<br>${item.detail}`}${json(item.replies)}`,
      html`${item.address ?? '–'}`,
      html`${item.took_ms} ms`,
    ]),
  );
}

function how({ via, token }: AuditItem): Html {
  const parts = [via, token].filter((part) => part !== null);
  return parts.length === 0 ? html`` : html`<br><span class="dim">${parts.join(', ')}</span>`;
}

function json(value: unknown): Html {
  const text = value === null || value === undefined ? '' : JSON.stringify(value);
  if (text === '' || text === '{}') return html``;
  return html`<br><code class="dim">${text.length > MAX_JSON_CHARS ? `${text.slice(0, MAX_JSON_CHARS)}…` : text}</code>`;
}

/** Only what is set. */
function query(values: Readonly<Record<string, string>>): string {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== '')).toString();
}
