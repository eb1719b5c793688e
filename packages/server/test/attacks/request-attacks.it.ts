// Attacks by the shape of a request: sizes, nesting, encodings, headers that do not agree.
import assert from 'node:assert/strict';
import { basic, openArena, sendRaw } from './arena.ts';
import { JSON_TYPE, operatorCalls, SEND } from './operator-calls.ts';

const { attack, arena } = await openArena();
const { post, get } = operatorCalls(arena);

for (const [what, body, status] of [
  ['a list of lists, 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000), 400],
  ['an object of objects, 50,000 deep', '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000), 400],
  ['arguments nested 20,000 deep', `{"args":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400],
  ['brackets that never close', '['.repeat(200_000), 400],
  ['20 MB of JSON', `{"args":["${'x'.repeat(20_000_000)}"]}`, 413],
  ['a number too large for anything, as eta', '{"countdown":1e999}', 400],
  ['a list in place of the body', '[1,2,3]', 400],
  ['two JSON documents in one', '{}{}', 400],
  ['JSON with a comment', '{/* */}', 400],
  ['NaN in JSON', '{"countdown":NaN}', 400],
  ['a lone surrogate as task id', '{"task_id":"\\ud800"}', 400],
  ['a line break in the task id', '{"task_id":"a\\r\\nX-Header: 1"}', 400],
  ['a NUL in the queue', '{"queue":"a\\u0000b"}', 400],
  ['__proto__ in the body', '{"__proto__":{"admin":true}}', 400],
  ['constructor.prototype in the body', '{"constructor":{"prototype":{"admin":true}}}', 400],
  ['a member that nobody knows', '{"admin":true}', 400],
  ['arguments that are no list', '{"args":"__import__(\'os\').system(\'id\')"}', 400],
  ['keyword arguments that are no object', '{"kwargs":[1]}', 400],
] as const) {
  attack(`${what} is refused with ${status}, and nothing is sent`, async ({ redis }) => {
    const before = await redis.client().llen('celery');
    const reply = await post(SEND, body);
    assert.equal(reply.status, status, reply.text.slice(0, 300));
    assert.equal(await redis.client().llen('celery'), before);
  });
}

attack(
  'keys named __proto__ and constructor within arguments stay values, and change no object',
  async ({ redis }) => {
    const kwargs = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const reply = await post(SEND, `{"kwargs":${kwargs}}`);
    assert.equal(reply.status, 200, reply.text);
    const [message = ''] = await redis.client().lrange('celery', 0, 0);
    const { body } = JSON.parse(message) as { body: string };
    assert.ok(Buffer.from(body, 'base64').toString().includes(kwargs.slice(1, -1)));
    assert.ok(!(await get('/api/v1/session')).text.includes('polluted'));
  },
);

attack('Python in arguments is passed on as text, in the envelope JSON, never pickle', async ({ redis }) => {
  await post(SEND, JSON.stringify({ args: ["__import__('os').system('id')", '{{7*7}}', '${7*7}', '$(id)'] }));
  const [message = ''] = await redis.client().lrange('celery', 0, 0);
  assert.equal((JSON.parse(message) as { 'content-type': string })['content-type'], 'application/json');
});

for (const [what, type, body, status] of [
  [
    'XML with an external entity',
    'application/xml',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    415,
  ],
  ['YAML with a Python object', 'application/yaml', '!!python/object/apply:os.system ["id"]', 415],
  ['a pickle', 'application/x-python-serialize', "cos\nsystem\n(S'id'\ntR.", 415],
  ['JSON in UTF-7', 'application/json; charset=utf-7', '+AHsAfQ-', 415],
  ['JSON in UTF-16', 'application/json; charset=utf-16', '{}', 415],
] as const) {
  attack(`${what} is refused with ${status}`, async () => {
    const reply = await post(SEND, body, { 'content-type': type });
    assert.equal(reply.status, status, reply.text);
    assert.ok(!reply.text.includes('root:'));
  });
}

attack(
  'a body that says it is compressed (gzip bomb) is refused with 415 before it is unpacked',
  async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, identity'])
      assert.equal((await post(SEND, 'x', { ...JSON_TYPE, 'content-encoding': encoding })).status, 415);
  },
);

attack('bytes that are no UTF-8 are refused with 400, in body, query and path', async ({ umbel }) => {
  const auth = `Authorization: ${basic('olga').authorization}`;
  const body = '{"args":["\xff\xfe"]}';
  const reply = await sendRaw(
    umbel,
    [`POST ${SEND} HTTP/1.1`, auth, 'Content-Type: application/json', `Content-Length: ${body.length}`],
    { body },
  );
  assert.equal(reply.status, 400, reply.text);
  for (const path of ['/api/tasks?search=%ff', '/api/task/info/%c3%28', '/api/tasks?search=%ed%a0%80'])
    assert.equal((await sendRaw(umbel, [`GET ${path} HTTP/1.1`, auth])).status, 400, path);
});

attack(
  'a header of 100,000 bytes is refused with 431, a URL of 100,000 with 414 or 431',
  async ({ umbel }) => {
    const long = 'a'.repeat(100_000);
    assert.equal((await sendRaw(umbel, ['GET /api/tasks HTTP/1.1', `X-Long: ${long}`])).status, 431);
    assert.ok([414, 431].includes((await sendRaw(umbel, [`GET /api/tasks?search=${long} HTTP/1.1`])).status));
  },
);

attack('2,000 headers and 5,000 parameters are refused', async ({ umbel }) => {
  const headers = Array.from({ length: 2_000 }, (_, index) => `X-${index}: 1`);
  assert.ok([400, 401, 431].includes((await sendRaw(umbel, ['GET /api/tasks HTTP/1.1', ...headers])).status));
  const pairs = Array.from({ length: 5_000 }, (_, index) => `p${index}=1`).join('&');
  assert.ok([400, 414, 431].includes((await get(`/api/tasks?${pairs}`)).status));
  const form = await post('/api/task/revoke/x', pairs, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  assert.equal(form.status, 400);
});

for (const [what, lines, body] of [
  [
    'Content-Length and Transfer-Encoding together',
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    '0\r\n\r\n',
  ],
  ['two Content-Lengths that differ', ['Content-Length: 2', 'Content-Length: 30'], '{}'],
  ['a Transfer-Encoding that is none', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  ['chunked that is not last', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ['a Content-Length with a sign', ['Content-Length: +2'], '{}'],
  ['a chunk size that is none', ['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
  ['a header name with a space before its colon', ['Content-Length : 2'], '{}'],
  ['a header that goes on in the next line', ['X-Folded: a', ' b'], ''],
  ['a NUL in a header', ['X-Nul: a\0b'], ''],
] as const) {
  attack(`${what} (request smuggling) is refused, and what follows is no request`, async ({ umbel }) => {
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const reply = await sendRaw(
      umbel,
      [
        `POST ${SEND} HTTP/1.1`,
        `Authorization: ${basic('olga').authorization}`,
        'Content-Type: application/json',
        ...lines,
      ],
      { body: body + smuggled },
    );
    assert.ok([400, 413, 501].includes(reply.status), reply.text);
    assert.equal(reply.text.split('HTTP/1.1 ').length, 2, reply.text);
  });
}

attack('two Host headers, or none, are refused with 400', async ({ umbel }) => {
  for (const hosts of [[], ['Host: a', 'Host: b']]) {
    const reply = await sendRaw(umbel, ['GET /api/tasks HTTP/1.1', ...hosts, 'Connection: close'], {
      whole: true,
    });
    assert.equal(reply.status, 400, reply.text);
  }
});
