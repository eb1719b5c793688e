// How much space counts and samples take, and how long they take to read: two days of minutes of so many task names, workers and queues, with
// hours and days as upkeep has made them, and two hours of samples of the workers and queues.
// node --conditions=source bench/size/counts.ts [names] [workers] [queues] [minutes]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Tally, TallyKind } from '../../packages/server/src/measures/tally.ts';
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open-sqlite.ts';

const [names = 100, workers = 50, queues = 10, minutes = 2 * 1_440] = process.argv.slice(2).map(Number);
const log = {
  info: () => undefined,
  warn: (_: object, text: string) => void process.stderr.write(`${text}\n`),
};
const now = Math.floor(Date.now() / 3_600_000) * 3_600;

function label(kind: TallyKind, n: number): string {
  if (kind === 'name') return `shop.orders.charge_card_${n}`;
  return kind === 'worker' ? `celery@payments-7f9c6d-${n}` : `queue-${n}`;
}

function tally(kind: TallyKind, text: string, at: number, n: number): Tally {
  const tasks = 5 + ((at / 60 + n * 7) % 40);
  const part = Math.ceil(tasks / 3);
  return {
    kind,
    label: text,
    at,
    counts: { received: tasks, started: tasks, succeeded: tasks - 1, failed: 1, retried: 0, revoked: 0 },
    runSeconds: tasks * 0.137,
    run: [18, 20, 21, 24].map((bucket) => [bucket, part] as const),
    wait: [4, 6, 9].map((bucket) => [bucket, part] as const),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'umbel-bench-'));
const path = join(folder, 'umbel.db');
try {
  const store = await openSqliteStore({ path, log });
  const kinds = [
    ['all', 1],
    ['name', names],
    ['worker', workers],
    ['queue', queues],
  ] as const;
  let written = 0;
  let tidyMs = 0;
  let longestMs = 0;
  for (let at = now - minutes * 60; at < now; at += 60) {
    const tallies = kinds.flatMap(([kind, number]) =>
      Array.from({ length: number }, (_, n) => tally(kind, kind === 'all' ? '' : label(kind, n), at, n)),
    );
    written += tallies.length;
    await store.write({ tasks: [], workers: [], tallies });
    for (let more = true; more; ) {
      const startedMs = performance.now();
      more = await store.tidy();
      const tookMs = performance.now() - startedMs;
      tidyMs += tookMs;
      longestMs = Math.max(longestMs, tookMs);
    }
  }
  for (let at = now - 7_200; at < now; at += 5) {
    await store.writeGauges([
      ...Array.from({ length: workers }, (_, n) => ({
        kind: 'worker' as const,
        label: label('worker', n),
        at,
        values: { active: n % 5, slots: 4, load1: 0.25 + n / 100 },
      })),
      ...Array.from({ length: queues }, (_, n) => ({
        kind: 'queue' as const,
        label: label('queue', n),
        at,
        values: { depth: (at + n) % 300, consumers: 4 },
      })),
    ]);
  }
  const lines: string[] = [];
  const timed = async (what: string, work: () => Promise<readonly unknown[]>) => {
    await work();
    const startedMs = performance.now();
    const answer = await work();
    lines.push(
      `${what}: ${(performance.now() - startedMs).toFixed(1)} ms, ${answer.length.toLocaleString('en')} points`,
    );
  };
  const day = { from: now - 86_400, to: now };
  const one = [label('name', 3)];
  await timed('one name, 1 hour of minutes', () =>
    store.tallies({ kind: 'name', labels: one, from: now - 3_600, to: now, stepS: 60 }),
  );
  await timed('one name, 24 hours of minutes', () =>
    store.tallies({ kind: 'name', labels: one, ...day, stepS: 60 }),
  );
  await timed('all names, 1 hour of minutes', () =>
    store.tallies({ kind: 'name', from: now - 3_600, to: now, stepS: 60 }),
  );
  await timed('all names, 24 hours in 5 minutes', () => store.tallies({ kind: 'name', ...day, stepS: 300 }));
  await timed('all names, 24 hours of hours', () => store.tallies({ kind: 'name', ...day, stepS: 3_600 }));
  await timed('one queue, 1 hour of samples', () =>
    store.gauges({ kind: 'queue', labels: ['queue-1'], from: now - 3_600, to: now, stepS: 1 }),
  );
  await store.close();
  const database = new DatabaseSync(path, { readOnly: true });
  for (const table of ['tallies', 'gauges']) {
    const rows = database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'] as number;
    const bytes = database.prepare('SELECT sum(pgsize) AS n FROM dbstat WHERE name = ?').get(table)?.[
      'n'
    ] as number;
    process.stdout.write(
      `${table}: ${rows.toLocaleString('en')} rows, ${Math.round(bytes / rows)} bytes each, ${(bytes / 1e6).toFixed(1)} MB\n`,
    );
  }
  database.close();
  process.stdout.write(
    `${written.toLocaleString('en')} counts written; upkeep took ${(tidyMs / minutes).toFixed(1)} ms a minute, the longest step ${Math.round(longestMs)} ms\n${lines.join('\n')}\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
