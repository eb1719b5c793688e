import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { Gathering } from './gathering.ts';

function unreadable(body: string): [Message, CeleryError] {
  const message = {
    headers: {},
    properties: {},
    contentType: 'x',
    contentEncoding: 'binary',
    body: Buffer.from(body),
  };
  return [message, new CeleryError('unsupported_content_type', 'Bodies of type x cannot be read.')];
}

function gather(expected: readonly string[] | null) {
  let completions = 0;
  const gathering = new Gathering(expected, () => {
    completions += 1;
  });
  return { gathering, completions: () => completions };
}

test('a call is complete when everybody expected has answered, and keeps the others too', () => {
  const { gathering, completions } = gather(['a', 'b']);
  gathering.add({ worker: 'a', value: 1 });
  gathering.add({ worker: 'stranger', value: 2 });
  assert.equal(completions(), 0);
  gathering.add({ worker: 'b', value: 3 });
  assert.ok(completions() > 0);
  assert.deepEqual(
    [...gathering.result()],
    [
      ['a', 1],
      ['stranger', 2],
      ['b', 3],
    ],
  );
});

test('a second reply under the same name is not kept', () => {
  const { gathering } = gather(null);
  assert.equal(gathering.add({ worker: 'a', value: 1 }), true);
  assert.equal(gathering.add({ worker: 'a', value: 2 }), false);
  assert.deepEqual([...gathering.result()], [['a', 1]]);
});

test('a call that expects nobody in particular is never complete', () => {
  const { gathering, completions } = gather(null);
  gathering.add({ worker: 'a', value: 1 });
  assert.equal(completions(), 0);
  assert.equal(gathering.complete, false);
});

test('an unreadable reply counts as an error of the worker it names', () => {
  const { gathering, completions } = gather(['a@h', 'b@h']);
  gathering.addUnreadable(...unreadable('..b@h..'));
  assert.equal(completions(), 0);
  gathering.add({ worker: 'a@h', value: 1 });
  assert.ok(completions() > 0);
  assert.match(
    (gathering.result().get('b@h') as { error: string }).error,
    /cannot be read: Bodies of type x/,
  );
});

test('unreadable replies without a name belong to the missing workers when there are as many', () => {
  const { gathering, completions } = gather(['a@h', 'b@h']);
  gathering.add({ worker: 'a@h', value: 1 });
  gathering.addUnreadable(...unreadable('signed'));
  assert.ok(completions() > 0);
  assert.deepEqual([...gathering.result().keys()], ['a@h', 'b@h']);
});

test('when nothing can be read and nobody be named, the call fails with the reason', () => {
  for (const expected of [null, ['a@h', 'b@h']]) {
    const { gathering } = gather(expected);
    gathering.addUnreadable(...unreadable('signed'));
    assert.throws(() => gathering.result(), { code: 'unsupported_content_type' });
  }
});

test('one readable reply keeps the call from failing, and the silent stay missing', () => {
  const { gathering } = gather(['a@h', 'b@h', 'c@h']);
  gathering.add({ worker: 'a@h', value: 1 });
  gathering.addUnreadable(...unreadable('signed'));
  assert.deepEqual([...gathering.result()], [['a@h', 1]]);
});
