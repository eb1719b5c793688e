// The collector: events in, tasks and workers into the store, on whatever thread it is opened (collector-thread.ts gives it its own).
// Puts the parts together and keeps their time: a tick a second, a write soon after each event.
import { type Broker, type CeleryEvent, connectionSentence, type Log, receiveEvents } from '@umbel/celery';
import { createRedaction, type RedactionRules } from '../redaction/create-redaction.ts';
import type { RetentionRule } from '../store/retention-rule.ts';
import { type Share, sliceOf } from '../store/collecting.ts';
import type { Store } from '../store/store.ts';
import { askForHeartbeats } from './ask-for-heartbeats.ts';
import { createBatchWriter } from './batch-writer.ts';
import type { CollectorStatus } from './collector-status.ts';
import { createLagLog } from './lag-log.ts';
import { createLagMeter } from './lag-meter.ts';
import { createLimitedLog } from './limited-log.ts';
import { createListeningClock } from './listening-clock.ts';
import { createPressure } from './pressure.ts';
import { redactEvent } from './redact-event.ts';
import { openRetention } from './retention.ts';
import { createShadow } from './shadow.ts';
import { createSpareTime } from './spare-time.ts';
import { createSteadyClock, type SteadyClock } from './steady-clock.ts';
import { createTaskBuffer } from './task-buffer.ts';
import { openUpkeep } from './upkeep.ts';
import { createWorkerRoster, type Moment } from './worker-roster.ts';

const TICK_MS = 1000;
/** Further behind than this, silence of workers is not counted: it may be in what was not read yet. */
const BEHIND_S = 5;
/** Further behind than this, other work on the thread is slowed down. */
const BUSY_S = 1;
/** How often silent workers are asked to speak. */
const ASK_EVERY_MS = 5000;
/** Workers that have been offline for so long are forgotten: clusters that scale make new names all the time. */
const FORGET_WORKERS_AFTER_S = 7 * 86_400;

export interface CollectorOptions {
  /** Stays open when the collector closes. */
  readonly broker: Broker;
  /** Stays open when the collector closes. */
  readonly store: Store;
  readonly log: Log;
  readonly retention?: RetentionRule | undefined;
  /** Longest text of args, result, traceback … that is kept, bytes of UTF-8. Default: what `decodeEvents` says. */
  readonly maxTextBytes?: number | undefined;
  /** What these rules match is masked before anything is kept. Missing: everything is kept as it comes. */
  readonly redaction?: RedactionRules | undefined;
  /** What of all is this collector's to write. Stays open when the collector closes, and is to be closed after it. Missing: everything. */
  readonly share?: Share | undefined;
  /** What the store asks for the time too. Default: one of its own, of the machine's clocks. */
  readonly clock?: SteadyClock | undefined;
}

export interface Collector extends AsyncDisposable {
  status(): CollectorStatus;
  /** Stops listening and writes what is left. Safe to call twice. */
  close(): Promise<void>;
}

/** Begins to collect. Rejects only when the store cannot be read at all (StoreError). */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const { broker, store, share, log, clock = createSteadyClock({ log }) } = options;
  const { location } = await store.facts();
  const redaction = options.redaction === undefined ? undefined : createRedaction(options.redaction);
  const tasks = createTaskBuffer();
  const stored = await store.workers();
  const workers = createWorkerRoster(stored, share?.holds);
  const heardS = stored.map(({ lastHeard }) => lastHeard);
  clock.begin(heardS.length === 0 ? null : heardS.reduce((a, b) => Math.max(a, b)) * 1000);
  const shadow = createShadow();
  const listening = createListeningClock();
  const lag = createLagMeter();
  const lagLog = createLagLog(log);
  const pressure = createPressure(log);
  const undecodable = createLimitedLog(log, 'events could not be used');
  let received = 0;
  let askedAtMs = -Infinity;
  /** As of the last tick. */
  let lastLagSeconds = 0;

  const writer = createBatchWriter({
    store,
    tasks,
    workers,
    log,
    onPressure: (paused) => {
      if (paused) subscription.pause();
      else subscription.resume();
    },
  });
  const moment = (): Moment => ({ nowS: clock.now() / 1000, listenedS: listening.seconds });

  const subscription = await receiveEvents(broker, {
    maxTextBytes: options.maxTextBytes,
    onEvents(events) {
      if (clock.doubt !== null)
        for (const { hostname, timestamp } of events) clock.heard(hostname, timestamp * 1000);
      const at = moment();
      received += events.length;
      pressure.note(tasks.changedBytes, lastLagSeconds);
      for (const event of events) {
        if (isTaskEvent(event) && !pressure.givesUp(event)) {
          const kept = redaction === undefined ? event : redactEvent(event, redaction);
          if (share === undefined || share.holds(event.uuid)) tasks.merge(kept);
          else shadow.merge(kept, performance.now());
        }
        workers.merge(event, at);
      }
      const newest = events.at(-1);
      if (newest !== undefined && newest.type !== 'task-sent') {
        lag.heard(newest.hostname, newest.timestamp, at.nowS);
      }
      writer.schedule();
    },
    onDropped: (reason, detail) => undecodable.note(reason, detail, performance.now()),
  });

  const ask = async () => {
    askedAtMs = performance.now();
    // When even asking fails, the silence is the connection's.
    if (!(await askForHeartbeats(broker))) workers.restart(moment());
  };
  /** Reading of the monotonic clock since when every event was heard; null: none is. */
  let hearingSinceMs = broker.connection.state === 'connected' ? performance.now() : null;
  const stopWatching = broker.onConnection(({ state }) => {
    hearingSinceMs = state === 'connected' ? performance.now() : null;
    // Also when it is lost: how long it had been dead before that was noticed is not known.
    workers.restart(moment());
    if (state === 'connected') void ask();
  });
  if (broker.connection.state === 'connected') void ask();

  const lagSeconds = () => {
    const { waitingSinceMs } = writer;
    const unwritten = waitingSinceMs === undefined ? 0 : (performance.now() - waitingSinceMs) / 1000;
    return Math.max(lag.lagSeconds(clock.now() / 1000), unwritten);
  };
  const ticking = setInterval(() => {
    const isListening = broker.connection.state === 'connected' && !writer.paused && lagSeconds() < BEHIND_S;
    listening.tick(performance.now(), isListening);
    lastLagSeconds = lagSeconds();
    pressure.note(tasks.changedBytes, lastLagSeconds);
    // A store that takes nothing has its own line in the log.
    if (writer.failure === undefined) lagLog.note(lastLagSeconds, performance.now());
    const someoneIsQuiet = workers.tick(moment());
    if (clock.doubt === null) workers.forgetOfflineFor(FORGET_WORKERS_AFTER_S, clock.now() / 1000);
    if (someoneIsQuiet && isListening && performance.now() - askedAtMs >= ASK_EVERY_MS) void ask();
    writer.schedule();
  }, TICK_MS);
  const isKeeper = () => share?.isKeeper ?? true;
  const spareTime = createSpareTime(() => writer.paused || lagSeconds() >= BUSY_S);
  const retention = openRetention({
    store,
    rule: options.retention ?? {},
    isKeeper,
    spareTime,
    log,
    clock,
  });
  const upkeep = openUpkeep({
    store,
    spareTime,
    isDue: () => isKeeper() && writer.failure === undefined,
    nowS: () => (clock.doubt === null ? clock.now() / 1000 : null),
    log,
  });

  function release(slices: ReadonlySet<number>): void {
    const left = tasks.release((uuid) => slices.has(sliceOf(uuid)));
    for (const draft of left) shadow.adopt(draft, performance.now());
  }

  let closing: Promise<void> | undefined;
  const collector: Collector = {
    status: () => ({
      events: {
        connected: broker.connection.state === 'connected',
        detail: connectionSentence(broker.connection),
        lagSeconds: lagSeconds(),
        received,
        undecodable: { ...undecodable.counts },
        leftOut: pressure.givenUp,
      },
      store: {
        location,
        writable: writer.failure === undefined,
        detail: writer.failure?.message ?? '',
        refused: writer.refused,
      },
      clock: { believed: clock.doubt === null, detail: clock.doubt ?? '' },
      buffered: { tasks: tasks.changedTasks, bytes: tasks.changedBytes, paused: writer.paused },
    }),
    close() {
      closing ??= (async () => {
        clearInterval(ticking);
        stopWatching();
        spareTime.close();
        await Promise.all([retention.close(), upkeep.close()]);
        await subscription.close();
        if (!(await writer.close())) {
          log.warn(
            { tasks: tasks.changedTasks },
            'closing with changes that the store does not take: they are lost',
          );
        }
      })();
      return closing;
    },
    [Symbol.asyncDispose]: () => collector.close(),
  };

  share?.start({
    listenedMs: () => (hearingSinceMs === null ? null : performance.now() - hearingSinceMs),
    behindMs: () => lagSeconds() * 1_000,
    status: () => collector.status(),
    async give(slices) {
      const isWritten = await writer.flush();
      // What is written is forgotten here, because the next holder may change it.
      if (isWritten) release(slices);
      return isWritten;
    },
    lose: release,
    take(slices) {
      const isTaken = (name: string) => slices.has(sliceOf(name));
      for (const draft of shadow.take(isTaken)) tasks.adopt(draft);
      workers.takeOver(isTaken);
      writer.schedule();
    },
  });
  return collector;
}

function isTaskEvent(event: CeleryEvent): event is Extract<CeleryEvent, { uuid: string }> {
  return 'uuid' in event;
}
