// Collectors that share a history agree on who writes what: all have about as many slices, no slice has two, and one that is gone is replaced.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type PostgresDatabase, startPostgres, until } from '@umbel/testkit';
import { readTask } from '../../../test/store/asking.ts';
import { aTask, aWorker } from '../../../test/store/sample-records.ts';
import { type ShareHolder, SLICES, sliceOf } from '../collecting.ts';
import { type Store, StoreError } from '../store.ts';
import { openPostgresStore } from './open-postgres.ts';
import { openPostgresShare, type PostgresShare } from './share.ts';

const LONG_MS = 60_000;

/** A collector that only keeps count of its slices. */
interface Member extends ShareHolder {
  readonly share: PostgresShare;
  readonly slices: Set<number>;
  readonly warnings: string[];
  /** What `listenedMs` answers. */
  listened: number | null;
  /** What `behindMs` answers. */
  behind: number;
  /** What `give` answers. */
  canWrite: boolean;
}

async function openHistory(t: TestContext): Promise<{ postgres: PostgresDatabase; store: Store }> {
  const postgres = await startPostgres(t);
  const store = await openPostgresStore({ url: postgres.url, log: { info() {}, warn() {} } });
  t.after(() => store.close());
  return { postgres, store };
}

function join(
  t: TestContext,
  { url }: PostgresDatabase,
  name: string,
  listened: number | null = LONG_MS,
): Member {
  const warnings: string[] = [];
  const share = openPostgresShare({ url, name, log: { info() {}, warn: (_, text) => warnings.push(text) } });
  const remove = (slices: ReadonlySet<number>) => slices.forEach((slice) => member.slices.delete(slice));
  const member: Member = {
    share,
    slices: new Set(),
    warnings,
    listened,
    behind: 0,
    canWrite: true,
    listenedMs: () => member.listened,
    behindMs: () => member.behind,
    status: () => ({ name }),
    async give(slices) {
      if (member.canWrite) remove(slices);
      return member.canWrite;
    },
    lose: remove,
    take: (slices) => slices.forEach((slice) => member.slices.add(slice)),
  };
  share.start(member);
  t.after(() => share.close());
  return member;
}

const has = (member: Member, count: number) => () => member.slices.size === count;
const soon = (what: string) => ({ timeoutMs: 30_000, what });

/** As a process that is killed: it says nothing any more, and gives nothing away. */
async function kill(t: TestContext, postgres: PostgresDatabase, member: Member): Promise<void> {
  t.mock.method(member, 'listenedMs', () => {
    throw new StoreError('closed', 'a process that is not there');
  });
  // What is under way may still be written.
  const [row] = await postgres.query('SELECT id FROM umbel.collectors WHERE id = $1', [member.share.id]);
  assert.ok(row);
}

test('ids and names spread evenly over the slices', () => {
  const counts = Array.from({ length: SLICES }, () => 0);
  for (let n = 0; n < 16_000; n++) counts[sliceOf(crypto.randomUUID())]!++;
  for (let n = 0; n < 16_000; n++) counts[sliceOf(`celery@worker-${n}`)]!++;
  assert.ok(Math.min(...counts) > 1_600 && Math.max(...counts) < 2_400, counts.join(' '));
});

test('a lone collector has everything, two have half each, and what one leaves goes to the other', async (t) => {
  const { postgres, store } = await openHistory(t);
  const one = join(t, postgres, 'one');
  await until(has(one, SLICES), soon('the first to have all'));
  assert.equal(one.share.isKeeper, true);
  const two = join(t, postgres, 'two');
  await until(() => one.slices.size === 8 && two.slices.size === 8, soon('halves'));
  assert.deepEqual(
    [...one.slices].filter((slice) => two.slices.has(slice)),
    [],
  );
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
    assert.notEqual(one.share.holds(name), two.share.holds(name), name);
  const sharing = await store.sharing();
  assert.deepEqual(sharing, {
    collectors: [
      { name: 'one', slices: 8, status: { name: 'one' } },
      { name: 'two', slices: 8, status: { name: 'two' } },
    ],
    unheld: 0,
    gaps: [],
  });
  await one.share.close();
  await until(has(two, SLICES), soon('all that was left'));
  assert.equal(two.share.isKeeper, true);
  // Both heard everything all the time.
  assert.deepEqual((await store.sharing())?.gaps, []);
});

test('a collector that is gone is replaced, and what nobody heard is recorded', async (t) => {
  const { postgres, store } = await openHistory(t);
  const one = join(t, postgres, 'one');
  await until(has(one, SLICES), soon('the first to have all'));
  await kill(t, postgres, one);
  // It has just begun to listen: what the other one heard last it did not.
  const two = join(t, postgres, 'two', 0);
  await until(has(two, SLICES), soon('everything to be taken over'));
  const gaps = (await store.sharing())?.gaps ?? [];
  assert.equal(gaps.length, 1);
  const [gap] = gaps;
  assert.ok(gap !== undefined && gap.slices === SLICES && gap.to > gap.from && gap.to - gap.from < 60);
  assert.ok(two.warnings.includes('events were heard by no collector'));
});

test('who has only begun to listen, or hears nothing, gets nothing while another one is there', async (t) => {
  const { postgres } = await openHistory(t);
  const one = join(t, postgres, 'one');
  await until(has(one, SLICES), soon('the first to have all'));
  const fresh = join(t, postgres, 'fresh', 0);
  const deaf = join(t, postgres, 'deaf', null);
  const isSeen = async () => (await postgres.query('SELECT name FROM umbel.collectors')).length === 3;
  await until(isSeen, soon('three to be there'));
  const three = join(t, postgres, 'three');
  await until(has(three, 8), soon('half of it'));
  assert.deepEqual([one.slices.size, fresh.slices.size, deaf.slices.size], [8, 0, 0]);
  // The first one loses its connection: it hears nothing, and gives away what it has.
  one.listened = null;
  await until(has(three, SLICES), soon('the rest'));
  assert.equal(one.slices.size, 0);
  fresh.listened = LONG_MS;
  await until(has(fresh, 8), soon('the share of one that has listened for long enough'));
});

test('slices stay with a holder that cannot write what it has of them', async (t) => {
  const { postgres } = await openHistory(t);
  const one = join(t, postgres, 'one');
  await until(has(one, SLICES), soon('the first to have all'));
  one.canWrite = false;
  const two = join(t, postgres, 'two');
  const tried = t.mock.method(one, 'give');
  await until(() => tried.mock.callCount() >= 2, soon('it to be tried twice'));
  assert.deepEqual([one.slices.size, two.slices.size], [SLICES, 0]);
  one.canWrite = true;
  await until(has(two, 8), soon('half of it'));
});

test('nothing is written of what belongs to another, and one that slept writes nothing over', async (t) => {
  const { postgres } = await openHistory(t);
  const member = join(t, postgres, 'one');
  await until(has(member, SLICES), soon('it to have all'));
  const store = await openPostgresStore({
    url: postgres.url,
    holder: member.share.id,
    log: { info() {}, warn() {} },
  });
  t.after(() => store.close());
  await store.write({
    tasks: [aTask({ uuid: 'mine', received: 1 })],
    workers: [aWorker({ hostname: 'celery@a' })],
  });
  // While it slept, another one has taken over.
  await postgres.query(
    "INSERT INTO umbel.collectors VALUES ('another', 'another', now() + interval '1 hour', now(), now(), '{}')",
  );
  await postgres.query("UPDATE umbel.slices SET holder = 'another' WHERE slice = $1", [sliceOf('theirs')]);
  const batch = { tasks: [aTask({ uuid: 'theirs', received: 1 })], workers: [] };
  await assert.rejects(store.write(batch), {
    code: 'unavailable',
    message: /another collector has taken over/,
  });
  assert.equal(await readTask(store, 'theirs'), undefined);
  const worker = Array.from({ length: 100 }, (_, n) => `w${n}`).find(
    (name) => sliceOf(name) === sliceOf('theirs'),
  );
  await assert.rejects(store.write({ tasks: [], workers: [aWorker({ hostname: worker ?? '' })] }), {
    code: 'unavailable',
  });
  await assert.rejects(store.write({ tasks: [], workers: [], forgottenWorkers: [worker ?? ''] }), {
    code: 'unavailable',
  });
  await until(() => !member.slices.has(sliceOf('theirs')), soon('it to notice'));
});

test('a take-over waits for what its former holder is writing', async (t) => {
  const { postgres } = await openHistory(t);
  const { Client } = await import('pg');
  await postgres.query("UPDATE umbel.slices SET holder = 'gone'");
  const client = new Client({ connectionString: postgres.url });
  client.on('error', () => undefined);
  await client.connect();
  t.after(() => client.end());
  await client.query('BEGIN; SELECT FROM umbel.slices WHERE slice = 3 FOR SHARE');
  const one = join(t, postgres, 'one');
  await until(has(one, SLICES - 1), soon('all but one'));
  assert.equal(one.slices.has(3), false);
  await client.query('COMMIT');
  await until(has(one, SLICES), soon('the last one'));
});

test("a duty is one process's at a time, and the next one's when its promise is over", async (t) => {
  const { postgres, store } = await openHistory(t);
  assert.equal(await store.claim('gauges', 'one', 60), true);
  assert.equal(await store.claim('gauges', 'two', 60), false);
  assert.equal(await store.claim('other', 'two', 60), true);
  await postgres.query("UPDATE umbel.duties SET until = now() - interval '1 s' WHERE duty = 'gauges'");
  assert.equal(await store.claim('gauges', 'two', 60), true);
  assert.equal(await store.claim('gauges', 'one', 60), false);
});

test('what one is behind with goes, when it dies, by way of one that has heard it', async (t) => {
  const { postgres, store } = await openHistory(t);
  const late = join(t, postgres, 'late');
  late.behind = 20_000;
  await until(has(late, SLICES), soon('the first to have all'));
  const fresh = join(t, postgres, 'fresh', 10_000);
  const old = join(t, postgres, 'old');
  await until(has(old, 8), soon('half of it'));
  assert.deepEqual([late.slices.size, fresh.slices.size], [8, 0]);
  const taken = t.mock.method(old, 'take');
  await kill(t, postgres, late);
  await until(() => old.slices.size === 8 && fresh.slices.size === 8, soon('two halves'));
  assert.equal(taken.mock.calls[0]?.arguments[0].size, 8);
  assert.deepEqual((await store.sharing())?.gaps, []);
});
