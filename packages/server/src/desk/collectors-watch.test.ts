import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectorStatus } from '../../src/collector/collector-status.ts';
import { type SharingCollector, SLICES } from '../store/collecting.ts';
import { concludeHealth } from './collectors-watch.ts';

const PLACE = 'postgres://umbel:***@db/umbel';

interface Told {
  readonly slices?: number;
  readonly connected?: boolean;
  readonly lagSeconds?: number;
  readonly leftOut?: number;
  readonly undecodable?: Readonly<Record<string, number>>;
  readonly refusal?: string;
  readonly doubt?: string;
}

function collector(name: string, told: Told = {}): SharingCollector {
  const {
    slices = 8,
    connected = true,
    lagSeconds = 0,
    leftOut = 0,
    undecodable = {},
    refusal = '',
    doubt = '',
  } = told;
  const status: CollectorStatus = {
    events: {
      connected,
      detail: connected ? 'connected' : 'the broker is gone',
      lagSeconds,
      received: 5,
      undecodable,
      leftOut,
    },
    store: { location: PLACE, writable: refusal === '', detail: refusal, refused: 0 },
    clock: { believed: doubt === '', detail: doubt },
    buffered: { tasks: 0, bytes: 0, paused: false },
  };
  return { name, slices, status };
}

const conclude = (collectors: readonly SharingCollector[], unheld = 0) =>
  concludeHealth(PLACE, { collectors, unheld, gaps: [] });

test('all collectors together are as far behind as the slowest, and know what any of them could not read', () => {
  const { events, store, sharing } = conclude([
    collector('a', { lagSeconds: 0.1, leftOut: 2, undecodable: { not_json: 3 } }),
    collector('b', { lagSeconds: 4, leftOut: 1, undecodable: { not_json: 2, too_long: 1 } }),
  ]);
  assert.deepEqual(events, {
    connected: true,
    detail: '2 collectors are running',
    lagSeconds: 4,
    leftOut: 3,
    undecodable: { not_json: 3, too_long: 1 },
  });
  assert.deepEqual(store, { location: PLACE, writable: true, detail: '' });
  assert.deepEqual(sharing, { collectors: 2, unheld: 0, gaps: [] });
});

test('one that hears nothing or cannot write is told, and what waits for a collector too', () => {
  const { events, store } = conclude(
    [collector('a', { connected: false }), collector('b', { refusal: 'no space left' })],
    3,
  );
  assert.equal(events.connected, true);
  assert.equal(
    events.detail,
    '2 collectors are running; the broker is gone; 3 of 16 slices wait for one to take them over',
  );
  assert.deepEqual([store.writable, store.detail], [false, 'no space left']);
  assert.equal(conclude([collector('a', { connected: false })]).events.connected, false);
});

test('a clock that one of them doubts is told; what says nothing of clocks is left out', () => {
  const { clock } = conclude([collector('a'), collector('b', { doubt: 'it has jumped' })]);
  assert.deepEqual(clock, { believed: false, detail: 'it has jumped' });
  assert.deepEqual(conclude([collector('a')]).clock, { believed: true, detail: '' });
  const { clock: _, ...older } = collector('old').status as CollectorStatus;
  assert.equal(conclude([{ ...collector('old'), status: older }]).clock, undefined);
});

test('without a collector nothing is connected', () => {
  const { events, sharing } = conclude([], SLICES);
  assert.deepEqual([events.connected, events.detail], [false, 'no collector is running']);
  assert.equal(sharing.unheld, SLICES);
});
