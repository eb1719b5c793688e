// The other side of collector-thread.ts: opens broker and store on this thread and collects until it is told to close.
import { parentPort, workerData } from 'node:worker_threads';
import { type Log, openBroker } from '@umbel/celery';
import { openSqliteHistory } from '../store/sqlite/open-history.ts';
import type { Share } from '../store/collecting.ts';
import { type Store, StoreError } from '../store/store.ts';
import type { CollectorWorkerData, FromCollector, HistorySource } from './collector-thread.ts';
import { openCollector } from './open-collector.ts';
import { createSteadyClock } from './steady-clock.ts';

const STATUS_EVERY_MS = 500;

const port = parentPort;
if (port === null) throw new Error('this file is the inside of a thread');
const tell = (message: FromCollector) => port.postMessage(message);
const log: Log = {
  info: (fields, text) => tell({ kind: 'log', level: 'info', fields: plain(fields), text }),
  warn: (fields, text) => tell({ kind: 'log', level: 'warn', fields: plain(fields), text }),
};

const data = workerData as CollectorWorkerData;
const clock = createSteadyClock({ log });
let isOpen = false;
try {
  await using opened = new AsyncDisposableStack();
  const { store, share } = await openHistory(data.history, opened);
  const broker = opened.use(await openBroker({ ...data.broker, log }));
  const collector = opened.use(
    await openCollector({
      broker,
      store,
      share,
      clock,
      log,
      retention: data.retention,
      maxTextBytes: data.maxTextBytes,
      redaction: data.redaction,
    }),
  );
  tell({ kind: 'open', status: collector.status() });
  isOpen = true;
  const tellStatus = () => tell({ kind: 'status', status: collector.status() });
  const telling = setInterval(tellStatus, STATUS_EVERY_MS);
  // Whoever asks whether Umbel is ready must not hear of a connection that is half a second gone.
  broker.onConnection(tellStatus);
  await new Promise((resolve) => port.once('message', resolve));
  clearInterval(telling);
} catch (error) {
  // What fails when it closes is no refusal: it ends the thread as an error.
  if (isOpen) throw error;
  const code = error instanceof StoreError ? error.code : null;
  tell({ kind: 'refused', code, message: error instanceof Error ? error.message : String(error) });
}
port.close();

/** Of the two only what is used is loaded: a client of PostgreSQL costs memory. */
async function openHistory(
  history: HistorySource,
  opened: AsyncDisposableStack,
): Promise<{ readonly store: Store; readonly share?: Share }> {
  if (history.kind === 'file') {
    return { store: opened.use(await openSqliteHistory({ path: history.path, log, now: clock.now })) };
  }
  const { url } = history;
  const [{ openPostgresStore }, { openPostgresShare }] = await Promise.all([
    import('../store/postgres/open-postgres.ts'),
    import('../store/postgres/share.ts'),
  ]);
  const share = openPostgresShare({ url, log });
  const store = opened.use(await openPostgresStore({ url, holder: share.id, log, now: clock.now }));
  // Given away before the store is closed, and after the collector is.
  opened.use(share);
  return { store, share };
}

/** Fields of a log line as plain data, whatever they hold. */
function plain(fields: object): object {
  return JSON.parse(
    JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value)),
  ) as object;
}
