// Keeps the fixture honest: Celery itself still sends what it holds. UPDATE_FIXTURES=1 writes it anew.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { python, startRedis, tempFolder } from '@umbel/testkit';
import { parseKombuJson, stringifyKombuJson } from './kombu-json.ts';
import { RESERVED_HEADERS } from './task-message.ts';
import { fixtureFile, readTaskMessageCases, TASK_ID } from './task-message.contract.ts';

const SCRIPT = `
import datetime, json, sys
from celery import Celery, __version__
app = Celery(broker=sys.argv[1])
utc = datetime.timezone.utc
envelopes = []
for call in json.load(open(sys.argv[2])):
    options = call['options']
    for name in ('eta', 'expires'):
        ms = options.pop(name + '_ms', None)
        if ms is not None:
            options[name] = datetime.datetime(1970, 1, 1, tzinfo=utc) + datetime.timedelta(milliseconds=ms)
    app.send_task(call['name'], tuple(call['args']), call['kwargs'], task_id=sys.argv[3], **options)
    redis = app.connection().default_channel.client
    [key] = [key for key in redis.keys('*') if redis.type(key) == b'list']
    envelopes.append(redis.lpop(key).decode())
print(json.dumps({'celery': __version__, 'envelopes': envelopes}))
`;

test('Celery 5.7 sends the messages of the fixture', async (t) => {
  const redis = await startRedis(t);
  const cases = readTaskMessageCases();
  const file = join(tempFolder(t), 'calls.json');
  writeFileSync(file, stringifyKombuJson(cases.map(({ call }) => call)));
  const printed = JSON.parse(await python(t, SCRIPT, { args: [redis.url, file, TASK_ID] })) as {
    celery: string;
    envelopes: string[];
  };
  assert.equal(printed.celery, '5.7.0');
  if (process.env['UPDATE_FIXTURES']) {
    const updated = cases.map(({ call, task }, index) => ({
      call,
      task,
      envelope: printed.envelopes[index],
    }));
    writeFileSync(fixtureFile, `[\n${updated.map((one) => stringifyKombuJson(one)).join(',\n')}\n]\n`);
  }
  for (const [index, { envelope }] of readTaskMessageCases().entries()) {
    assert.deepEqual(withoutChance(printed.envelopes[index] ?? ''), withoutChance(envelope));
  }
});

test('no header can become a member of the request of a running task', async (t) => {
  const printed = await python(
    t,
    'import json; from celery.app.task import Context; print(json.dumps(dir(Context)))',
  );
  const members = (JSON.parse(printed) as string[]).filter((name) => !name.startsWith('__'));
  assert.ok(members.includes('headers'));
  assert.deepEqual(
    members.filter((name) => !RESERVED_HEADERS.has(name)),
    [],
  );
});

/** What differs from run to run is compared by its type only. */
function withoutChance(envelope: string): unknown {
  const { headers, properties, ...rest } = parseKombuJson(envelope) as Record<
    'headers' | 'properties',
    object
  >;
  const { reply_to, delivery_tag, expiration, ...stable } = properties as Record<string, unknown>;
  return {
    ...rest,
    headers: { ...headers, origin: typeof (headers as Record<string, unknown>)['origin'] },
    properties: stable,
    chance: [typeof reply_to, typeof delivery_tag, typeof expiration],
  };
}
