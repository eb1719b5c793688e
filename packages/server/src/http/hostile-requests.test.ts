// Whatever a client sends, the answer is never a server error, always well-formed, and nothing wrong reaches a worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CSRF_TOKEN } from '../../test/http/fake-authenticator.ts';
import { openApp } from '../../test/http/open-app.ts';
import { taskRecord } from '../../test/http/recording-desk.ts';
import { ROUTES } from './routes/index.ts';

const RUNS = 3_000;

const NASTY = [
  '',
  ' ',
  '\0',
  '%',
  '%00',
  '%ff',
  '%C3%28',
  '%ED%A0%80',
  '%2e%2e%2f',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '-1',
  '0',
  '1',
  '1e999',
  '9007199254740993',
  '9'.repeat(400),
  'NaN',
  'inf',
  '-Infinity',
  '1_0',
  '٣',
  'true',
  'null',
  '[]',
  '{}',
  '[1,2',
  '{"a":',
  '\ud800',
  '😀',
  "' OR 1=1 --",
  '<script>',
  'a'.repeat(3_000),
  ','.repeat(500),
  '2026-02-30',
  '0000-00-00',
  '2026-01-31T12:00:00+99:99',
  '-name',
  '--name',
  '$(id)',
  '{{7*7}}',
  '\r\nx: y',
];

const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 40 }));
const names = [...new Set(ROUTES.flatMap(({ operation }) => Object.keys(operation.parameters)))];
const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: nasty });

/** Encoded properly, badly, or not at all, as far as an HTTP request line can hold it. */
const encoded = fc
  .tuple(nasty, fc.constantFrom('whole', 'raw'))
  .map(([text, how]) =>
    how === 'whole'
      ? encodeURIComponent(text.toWellFormed())
      : text.replace(/[^\x21-\x7e]/g, '').replace(/#/g, ''),
  );
const encodedName = name.map((text) => encodeURIComponent(text.toWellFormed()));

const path = fc.tuple(fc.constantFrom(...ROUTES), encoded).map(([route, tail]) => ({
  method: route.method,
  path: route.path.replace(/\*$/, () => tail),
}));
const query = fc
  .array(fc.tuple(encodedName, encoded), { maxLength: 4 })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));

const nested = fc.integer({ min: 0, max: 3_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth));
const jsonObject = fc
  .dictionary(name, fc.oneof(nasty, fc.jsonValue()), { maxKeys: 6 })
  .map((value) => JSON.stringify(value));
const body = fc.oneof(
  fc.constant(undefined),
  jsonObject,
  fc.json(),
  query,
  nested,
  nested.map((text) => `{"args":${text}}`),
  nasty,
  fc.uint8Array({ maxLength: 200 }),
  query.map((text) => `--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n${text}\r\n--b--\r\n`),
);
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'text/plain; charset=latin1',
      'application/xml',
      'text/plain',
      'nonsense',
      '/',
      'application/json; charset="utf-8',
      '',
    ),
    'content-encoding': fc.constantFrom('gzip', 'identity', 'identity', 'identity', ''),
    authorization: fc.constantFrom('Basic', 'Basic ====', 'Bearer', 'Bearer \u00ff', 'Negotiate x', ''),
    origin: fc.constantFrom(
      'http://localhost',
      'http://localhost',
      'http://localhost',
      'null',
      'http://',
      ':',
      'http://[',
      '',
    ),
    'sec-fetch-site': fc.constantFrom(
      'same-origin',
      'same-origin',
      'same-origin',
      'cross-site',
      'none',
      '',
      'x',
    ),
    host: fc.constantFrom('localhost', '', '[', '::::', 'a b'),
    expect: fc.constantFrom('nothing'),
    'x-forwarded-for': fc.constantFrom("'", '203.0.113.9', ',', '::1, x'),
    'x-forwarded-host': fc.constantFrom('umbel.example', 'a b', ',', ''),
    'x-forwarded-proto': fc.constantFrom('https', 'javascript', ''),
    'x-test-caller': fc.constantFrom('operator', 'viewer', 'stranger', ''),
    'x-test-session': fc.constantFrom('admin', 'nothing', ''),
    'x-csrf-token': fc.constantFrom(CSRF_TOKEN, CSRF_TOKEN, 'x', ''),
    cookie: fc.constantFrom('umbel_session=a', 'umbel_session=a; umbel_session=b', '=;;=', '\u00ff', 'a'),
    'accept-encoding': fc.constant('*'),
    accept: fc.constantFrom('text/html', ';;;', 'application/xml;q=2'),
  },
  { requiredKeys: [] },
);
/** Null: the route's own. */
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PURGE'),
  },
);

test('no request makes a server error', { timeout: 120_000 }, async (t) => {
  const results = new Map([['sent-1', { state: 'SUCCESS', result: [1] }]]);
  const { app, desk } = await openApp(
    t,
    { results, tasks: [taskRecord('t1', { name: 'a' })] },
    { trustProxy: ['127.0.0.1'] },
  );
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(path, method, query, body, headers, async (route, other, search, payload, head) => {
      const response = await app.inject({
        method: (other ?? route.method) as 'GET',
        url: `${route.path}?${search}`,
        headers: head,
        ...(payload === undefined ? {} : { payload: Buffer.from(payload) }),
      });
      const { statusCode, body: text } = response;
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      // 504: nobody works behind this desk, so a task that could be sent never ends.
      assert.ok(statusCode < 500 || statusCode === 504, `${statusCode} ${text}`);
      if (text === '' || !String(response.headers['content-type']).includes('json')) return;
      const json = JSON.parse(text) as Record<string, unknown>;
      if (statusCode >= 400) assert.equal(json['status'], statusCode);
    }),
    { numRuns: RUNS },
  );
  t.diagnostic(`statuses: ${JSON.stringify(Object.fromEntries(statuses))}`);
  for (const status of [200, 400, 401, 403, 404, 405, 415])
    assert.ok(statuses.has(status), `no answer was ${status}`);
  for (const { args } of desk.commands) {
    if ('n' in args) assert.ok(Number.isInteger(args['n']) && Number(args['n']) >= 1);
    if ('queue' in args) assert.ok(typeof args['queue'] === 'string' && args['queue'] !== '');
  }
  for (const sent of desk.sent) {
    assert.ok(Array.isArray(sent.args) && typeof sent.kwargs === 'object');
    for (const time of [sent.etaMs, sent.expiresMs]) assert.ok(time === undefined || Number.isFinite(time));
  }
});
