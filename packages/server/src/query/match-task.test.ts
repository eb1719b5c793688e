import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, type TaskRecord } from '@umbel/celery';
import { fingerprintOf } from '../failures/fingerprint.ts';
import { matchTask, type Surroundings } from './match-task.ts';
import { parseQuery } from './parse-query.ts';
import { FLAGS, type TaskCondition } from './task-condition.ts';

/** 2026-08-22T12:00:00Z */
const NOW_S = Date.UTC(2026, 7, 22, 12) / 1_000;

const AROUND: Surroundings = {
  known: {
    nowS: NOW_S,
    goneWorkers: new Map([['celery@gone', NOW_S - 60]]),
    slowAboveS: new Map([['shop.charge', 5]]),
    revoking: new Set(['to-revoke']),
  },
  hasChildren: (uuid) => uuid === 'a-parent',
};

function aTask(fields: Partial<TaskRecord> = {}): TaskRecord {
  return { ...emptyTask('3f2a91c0-1111-2222-3333-444455556666'), ...fields };
}

function matches(query: string, fields: Partial<TaskRecord> = {}): boolean {
  const condition = parseQuery(query, { nowS: NOW_S });
  assert.ok(condition, query);
  return matchTask(condition, aTask(fields), AROUND);
}

/** Holds a table against tasks: queries that the task meets, and queries that it does not. */
function table(fields: Partial<TaskRecord>, yes: readonly string[], no: readonly string[]): void {
  for (const query of yes) assert.equal(matches(query, fields), true, `${query} should match`);
  for (const query of no) assert.equal(matches(query, fields), false, `${query} should not match`);
}

const CHARGE = {
  name: 'shop.PlaceOrder',
  state: 'FAILURE',
  worker: 'celery@web-5d9f7c6b8-x2k4q',
  queue: 'payments',
  args: "(4711, 'it\\'s')",
  kwargs: "{'order': {'id': 4711, 'tags': ['a', None], 'paid': True}, 'Straße': 'ΟΔΟΣ'}",
  result: 'None',
  exception: "ConnectionError('refused')",
  traceback: 'only here: needle',
  received: NOW_S - 600,
  started: NOW_S - 590,
  failed: NOW_S - 580,
  retries: 2,
  rootId: 'aaaaaaaa-1111-2222-3333-444455556666',
  parentId: 'bbbbbbbb-1111-2222-3333-444455556666',
};

test('a word is contained in id, name, args, kwargs, result or exception, of any case and length', () => {
  table(
    CHARGE,
    [
      'placeorder',
      '3F2A',
      '4711',
      "it's",
      "IT\\'S",
      'paid',
      'STRASSE',
      'οδος',
      'none',
      'refused',
      'f2',
      '"or"',
      '"("',
    ],
    ['needle', 'payments', 'web', 'FAILURE', 'zzz', '"4711 it"'],
  );
  assert.equal(matches('x', aTask()), false);
});

test('a word is not found across two texts', () => {
  assert.equal(matches('ab', { args: 'a', kwargs: 'b', name: 'a', result: 'b' }), false);
});

test('a text field contains, starts and is', () => {
  table(
    CHARGE,
    ['name:placeorder', 'name:shop.p*', 'name:=shop.PlaceOrder'],
    ['name:=shop.placeorder', 'name:=shop', 'name:lace*', 'name:refused'],
  );
  const each = {
    worker: 'web-5d',
    queue: 'PAY',
    exception: 'refused',
    traceback: 'Needle',
    result: 'one',
    args: "it's",
    kwargs: 'strasse',
  };
  for (const [field, part] of Object.entries(each)) {
    table(CHARGE, [`${field}:"${part}"`], [`${field}:="${part}"`, `${field}:zzz`, `${field}:"zz"*`]);
    table({}, [`-${field}:"${part}"`, `${field}:=""`], [`${field}:"${part}"`, `${field}:"${part}"*`]);
  }
});

test('an exception is also its type', () => {
  table(
    CHARGE,
    ['exception:=ConnectionError', 'exception:connection*', 'exception:="ConnectionError(\'refused\')"'],
    ['exception:=connectionerror', 'exception:=Connection', 'exception:=""'],
  );
});

test('a path is the whole value of the arguments at it, of any case', () => {
  table(
    CHARGE,
    [
      'args[0]:4711',
      'args[0]:=4711',
      'args[0]:47*',
      'args[1]:"it\'s"',
      'kwargs.order.id:4711',
      'kwargs.order.tags[0]:a',
      'kwargs.order.tags.0:a',
      'kwargs.order.tags[1]:None',
      'kwargs.order.tags[1]:null',
      'kwargs.order.tags:"[\\"a\\",null]"',
      'kwargs.order.paid:True',
      'kwargs.order.paid:true',
      'kwargs.order.paid:T*',
      'kwargs.Straße:οδος',
      'kwargs.order.tags[0]:A',
      'kwargs.order.tags[1]:=""',
    ],
    [
      'args[0]:471',
      'args[1]:it',
      'args[2]:4711',
      'args[0][0]:4',
      'kwargs.order.id:"4711 "',
      'kwargs.order.id.x:4711',
      'kwargs.order.tags[2]:a',
      'kwargs.order.tags.length:2',
      'kwargs.order.paid:1',
      'kwargs.ORDER.id:4711',
      'kwargs.straße:οδος',
      'kwargs.order.tags[0]:=""',
      'kwargs.constructor:x*',
      'kwargs.order.__proto__:x*',
      'kwargs:id=4711',
    ],
  );
  table({ kwargs: "{'id': 4711, 1: 'x'}" }, ['kwargs:id=4711', 'kwargs.1:x'], ['kwargs:id=471']);
});

test('numbers of a path are exact, however long', () => {
  const exact = { args: '(9007199254740993, 1.0, 1e+300, -0.5, nan)' };
  table(
    exact,
    ['args[0]:9007199254740993', 'args[0]:900719925474099*', 'args[1]:1.0', 'args[3]:-0.5', 'args[4]:NaN'],
    ['args[0]:9007199254740992', 'args[1]:1'],
  );
});

test('arguments that cannot be read have no values', () => {
  for (const args of [null, '', "('a', ...)", '(<Foo>,)', "('a... [cut, 70000 bytes]"])
    table({ args }, ['-args[0]:a'], ['args[0]:a', 'args[0]:=""']);
});

test('one of several values is meant whole, ids also by their first 8 characters', () => {
  const { fp } = fingerprintOf(aTask(CHARGE)) ?? {};
  table(
    CHARGE,
    [
      'state:FAILURE',
      'state:RETRY,FAILURE',
      'group:web',
      'group:etl,web',
      'id:3f2a91c0',
      'id:x,3f2a91c0-1111-2222-3333-444455556666',
      'root:aaaaaaaa',
      'root:aaaaaaaa-1111-2222-3333-444455556666',
      'parent:bbbbbbbb',
      `fp:${fp}`,
    ],
    [
      'state:FAIL',
      'state:SUCCESS,RETRY',
      'group:we',
      'group:celery@web-5d9f7c6b8-x2k4q',
      'id:3f2a91c',
      'id:3f2a91c0-1111',
      'root:bbbbbbbb',
      'parent:bbbbbbbb-111',
      'fp:1-0000000000000000',
      `fp:${fp?.slice(0, 8)}`,
    ],
  );
  table({}, ['-group:web', '-fp:1-0'], ['group:web', 'root:aaaaaaaa', 'parent:bbbbbbbb', 'fp:1-0']);
});

test('numbers are compared; what is not there is neither more nor less', () => {
  table(
    CHARGE,
    [
      'run:10',
      'run:>9.9s',
      'run:>=10s',
      'run:<1m',
      'run:<=10s',
      'wait:10s',
      'wait:>9s',
      'retries:2',
      'retries:>=2',
      'retries:<3',
    ],
    ['run:>10s', 'run:<10s', 'run:11', 'wait:>10s', 'wait:<=9s', 'retries:>2', 'retries:<2', 'retries:1'],
  );
  table({}, ['-run:>0', '-wait:<9', 'retries:0'], ['run:>=0', 'run:<9', 'wait:>=0', 'retries:>0']);
});

test('a time includes its beginning and not its end', () => {
  table(
    CHARGE,
    [
      'received:>=-10m',
      'received:<-9m',
      'started:2026-08-22',
      'started:2026-08-22T11:50',
      'finished:>-10m',
      'finished:2026-08-22T11:50:20',
      'finished:2026-08-22..2026-08-22',
    ],
    [
      'received:<-10m',
      'received:>-9m',
      'started:2026-08-21',
      'finished:2026-08-22T11:50:21',
      'sent:<+1d',
      'eta:<+1d',
    ],
  );
  const planned = { eta: '2026-08-22T12:05:00+00:00', sent: NOW_S };
  table(
    planned,
    ['eta:<+10m', 'eta:>+4m', 'sent:2026-08-22T12:00:00'],
    ['eta:<+5m', 'finished:<+1d', 'received:<+1d'],
  );
});

test('a task has what its record holds, and the children that are known around it', () => {
  table(
    { result: '1', traceback: 'T', parentId: 'p', eta: 'soon', uuid: 'a-parent' },
    ['has:result', 'has:traceback', 'has:parent', 'has:eta', 'has:children'],
    [],
  );
  table({}, ['-has:result'], ['has:result', 'has:traceback', 'has:parent', 'has:eta', 'has:children']);
});

test('conditions are joined by and, or and not', () => {
  table(
    CHARGE,
    ['4711 state:FAILURE', '4711 OR zzz', '-zzz', '-(zzz 4711)', '(zzz OR 4711) -state:RETRY'],
    ['4711 zzz', 'zzz OR yyy', '-4711', '-(zzz OR 4711)'],
  );
});

const LOST = { state: 'STARTED', worker: 'celery@gone', queue: 'q' };
const LAWFUL = [
  ['4711', 'name:shop*', 'queue:=""', 'args[0]:4711', 'state:FAILURE', 'run:>1s', 'retries:0'],
  ['finished:>-1h', 'is:lost', 'is:waiting', 'has:children', 'has:result', 'kwargs.order.id:4711'],
].flat();

test('the laws of Boole hold, whatever is joined', () => {
  const terms = LAWFUL.map((query) => parseQuery(query, { nowS: NOW_S }) as TaskCondition);
  const tasks = [CHARGE, {}, LOST, { args: '(4711,)', started: 1, succeeded: 9, state: 'SUCCESS' }].map(
    aTask,
  );
  let seed = 1;
  const pick = <T>(list: readonly T[]): T => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return list[(seed >>> 8) % list.length] as T;
  };
  const make = (depth: number): TaskCondition => {
    if (depth === 0) return pick(terms);
    const [one, other] = [make(depth - 1), make(depth - 1)];
    return pick<TaskCondition>([
      { kind: 'all', of: [one, other] },
      { kind: 'any', of: [one, other] },
      { kind: 'not', of: one },
    ]);
  };
  const not = (of: TaskCondition): TaskCondition => ({ kind: 'not', of });
  const all = (...of: TaskCondition[]): TaskCondition => ({ kind: 'all', of });
  const any = (...of: TaskCondition[]): TaskCondition => ({ kind: 'any', of });
  for (let round = 0; round < 400; round++) {
    const [a, b, c] = [make(3), make(2), make(1)];
    const same: readonly (readonly [TaskCondition, TaskCondition])[] = [
      [not(not(a)), a],
      [not(all(a, b)), any(not(a), not(b))],
      [not(any(a, b)), all(not(a), not(b))],
      [all(a, any(b, c)), any(all(a, b), all(a, c))],
      [any(a, all(b, c)), all(any(a, b), any(a, c))],
      [all(a, b, c), all(c, all(b, a))],
      [any(a, b, c), any(any(c, b), a)],
      [any(a, all(a, b)), a],
    ];
    const task = pick(tasks);
    for (const [left, right] of same)
      assert.equal(
        matchTask(left, task, AROUND),
        matchTask(right, task, AROUND),
        JSON.stringify([left, right]),
      );
    assert.equal(matchTask(all(a, not(a)), task, AROUND), false);
    assert.equal(matchTask(any(a, not(a)), task, AROUND), true);
  }
});

test('hostile texts take no time, however often they are asked', () => {
  const terms = Array.from({ length: 30 }, (_, index) => `kwargs.a${index}[0]:1 OR args[${index}]:x`);
  const query = `${terms.join(' OR ')} OR zzz`;
  for (const unit of ["'", "\\'", '(', '[', "{'a': ", '...', "b'", '-1e+99, ', 'ß', '\\', "', '"]) {
    const text = `(${unit.repeat(60_000)}`;
    const fields = { args: text, kwargs: text, result: text, exception: text, traceback: text, eta: text };
    assert.equal(matches(query, fields), false, unit);
    for (const flag of FLAGS) matches(`is:${flag} OR eta:>-1d OR exception:=a OR fp:b`, fields);
  }
});
