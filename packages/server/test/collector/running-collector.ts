// A collector on its thread with the readers that the desk has, and the events of one task, for tests of the collector.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from '@umbel/testkit';
import { type CollectorThread, openCollectorThread } from '../../src/collector/collector-thread.ts';
import { openSqliteReaders } from '../../src/store/sqlite/reader-pool.ts';
import type { Store } from '../../src/store/store.ts';

export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-collector-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Running {
  readonly collector: CollectorThread;
  readonly store: Store;
  readonly warnings: string[];
}

/** A collector on its thread and the readers that the desk has. */
export async function collect(t: TestContext, brokerUrl: string, dbPath: string): Promise<Running> {
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_: object, text: string) => warnings.push(text) };
  const collector = await openCollectorThread({
    broker: { url: brokerUrl },
    history: { kind: 'file', path: dbPath },
    log,
  });
  t.after(() => collector.close());
  const store = await openSqliteReaders({ path: dbPath, log });
  t.after(() => store.close());
  await until(() => collector.status().events.connected, {
    timeoutMs: 10_000,
    what: 'the collector to be connected',
  });
  return { collector, store, warnings };
}

export const stateOf = async (store: Store, uuid: string) => (await store.readTasks([uuid])).get(uuid)?.state;

export function taskEvents(uuid: string, args = '(1,)'): Record<string, unknown>[] {
  const now = Date.now() / 1000;
  const common = { hostname: 'celery@flood', utcoffset: 0, pid: 1, uuid };
  return [
    {
      ...common,
      type: 'task-received',
      clock: 1,
      timestamp: now,
      name: 'shop.flood',
      args,
      kwargs: '{}',
      retries: 0,
    },
    { ...common, type: 'task-started', clock: 2, timestamp: now + 0.001 },
    { ...common, type: 'task-succeeded', clock: 3, timestamp: now + 0.002, result: '1', runtime: 0.001 },
  ];
}
