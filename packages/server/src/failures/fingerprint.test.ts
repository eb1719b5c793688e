import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFingerprint, fingerprintOf } from './fingerprint.ts';

const SITE = '/usr/lib/python3.12/site-packages';
const HEADER = 'Traceback (most recent call last):\n';
const CELERY = `  File "${SITE}/celery/app/trace.py", line 564, in trace_task\n    R = retval = fun(*args, **kwargs)\n                 ^^^^^^^^^^^^^^^^^^^^\n`;
const CHAIN = '\nDuring handling of the above exception, another exception occurred:\n\n';
const DIRECT = '\nThe above exception was the direct cause of the following exception:\n\n';

/** `/app/shop/tasks.py:12 charge` */
function frames(...places: readonly string[]): string {
  return places
    .map((place) => {
      const [, file, line, name] = /^(.*):(\d+) (.*)$/.exec(place) ?? [];
      return `  File "${file}", line ${line}, in ${name}\n    some.code('of it')\n    ~~~~~~~~~^^^^^^^^^\n`;
    })
    .join('');
}

function partsOf(
  traceback: string | null,
  exception: string | null = "ValueError('bad 1')",
  name = 'shop.charge',
) {
  return explainFingerprint({ name, exception, traceback })?.parts.map(({ kind, text }) => `${kind} ${text}`);
}

test('the innermost three own frames count, without lines and without the folders above the package', () => {
  const traceback = (root: string, line: number) =>
    `${HEADER}${CELERY}${frames(
      `${root}/shop/tasks.py:${line} charge`,
      `${root}/shop/flow.py:${line} step`,
      `${SITE}/requests/api.py:59 request`,
      `${root}/shop/pay/client.py:${line} post`,
      `${root}/shop/pay/wire.py:${line} send`,
      '/usr/lib/python3.12/socket.py:845 create_connection',
    )}ConnectionRefusedError: [Errno 111] Connection refused\n`;
  const one = explainFingerprint({ name: 'shop.charge', exception: null, traceback: traceback('/app', 12) });
  assert.deepEqual(one, {
    version: 1,
    fp: one?.fp,
    exceptionType: 'ConnectionRefusedError',
    frame: 'pay/wire.py:send',
    message: '[Errno <n>] Connection refused',
    parts: [
      { kind: 'task', text: 'shop.charge' },
      { kind: 'exception', text: 'ConnectionRefusedError' },
      { kind: 'frame', text: 'pay/wire.py:send' },
      { kind: 'frame', text: 'pay/client.py:post' },
      { kind: 'frame', text: 'shop/flow.py:step' },
    ],
  });
  const other = {
    name: 'shop.charge',
    exception: "ConnectionRefusedError(111, 'x')",
    traceback: traceback('/srv/b', 99),
  };
  assert.equal(fingerprintOf(other)?.fp, one?.fp);
  assert.notEqual(fingerprintOf({ ...other, name: 'shop.refund' })?.fp, one?.fp);
  assert.deepEqual(fingerprintOf(other), {
    fp: one?.fp,
    exceptionType: 'ConnectionRefusedError',
    frame: 'pay/wire.py:send',
    message: '[Errno <n>] Connection refused',
  });
});

test('a fingerprint has its version, and stays what it is: groups are kept by it', () => {
  const fp = fingerprintOf({
    name: 'shop.charge',
    exception: "ValueError('x')",
    traceback: `${HEADER}${frames('/app/shop/tasks.py:1 charge')}ValueError: x\n`,
  })?.fp;
  assert.equal(fp, '1-95286f0eb7573a3f');
  assert.equal(
    fingerprintOf({ name: 'shop.charge', exception: "ValueError('x')", traceback: null })?.fp,
    '1-eed43f3b0ff1bdf2',
  );
});

test('without own frames the innermost three of any count', () => {
  assert.deepEqual(
    partsOf(
      `${HEADER}${CELERY}${frames(`${SITE}/a/b.py:1 f`, `${SITE}/a/c.py:1 g`, `${SITE}/a/d.py:1 h`)}E: x\n`,
    ),
    ['task shop.charge', 'exception ValueError', 'frame a/d.py:h', 'frame a/c.py:g', 'frame a/b.py:f'],
  );
});

test('whose code a frame is, its path tells', () => {
  const isOwn = (file: string) =>
    partsOf(`${HEADER}${frames('/app/own/x.py:1 own', `${file}:1 it`)}E: x\n`)?.length === 4;
  for (const file of [
    '/app/celery/tasks.py',
    '/app/shop/celery.py',
    'tasks.py',
    'C:\\shop\\tasks.py',
    '/home/a/lib/x.py',
    '/app/amqp/x.py/y.py',
  ])
    assert.equal(isOwn(file), true, file);
  for (const file of [
    '/usr/lib/python3.12/json/decoder.py',
    '/opt/venv/lib/python3.9/site-packages/shop/tasks.py',
    '/usr/lib/python3/dist-packages/six.py',
    'C:\\Python311\\lib\\json\\decoder.py',
    'D:\\v\\Lib\\site-packages\\x.py',
    '/src/celery/celery/app/trace.py',
    '/src/celery/celery/canvas.py',
    '/src/billiard/pool.py',
    '/x/.deps/requests-2.31-py3-none-any.whl/requests/api.py',
    '<frozen importlib._bootstrap>',
    '<string>',
  ])
    assert.equal(isOwn(file), false, file);
});

test('a folder that changes with every deploy is not part of a frame', () => {
  const at = (file: string) => partsOf(`${HEADER}${frames(`${file}:1 f`)}E: x\n`)?.at(-1);
  assert.equal(at('/srv/releases/20260822/tasks.py'), 'frame tasks.py:f');
  assert.equal(at('/srv/shop-1.2/tasks.py'), 'frame tasks.py:f');
  assert.equal(at('/srv/shop-1.2/shop/tasks.py'), 'frame shop/tasks.py:f');
  assert.equal(at('C:\\srv\\shop\\tasks.py'), 'frame shop/tasks.py:f');
});

test('a function that calls itself, and what Python 3.12 makes no frames of, count once and not at all', () => {
  const parts = partsOf(
    `${HEADER}${frames('/a/b.py:1 main', '/a/b.py:2 f', '/a/b.py:3 <listcomp>', '/a/b.py:2 f')}  [Previous line repeated 993 more times]\nE: x\n`,
  );
  assert.deepEqual(parts?.slice(2), ['frame a/b.py:f', 'frame a/b.py:main']);
});

test('of a chain the last exception and the type of the first one count', () => {
  const first = `${HEADER}${frames('/a/first.py:1 f')}json.decoder.JSONDecodeError: Expecting value\n`;
  const second = `${HEADER}${frames('/a/second.py:1 f')}KeyError: 'a'\n`;
  const third = `${HEADER}${CELERY}${frames('/a/third.py:1 f')}shop.errors.PaymentError: no money\n`;
  assert.deepEqual(partsOf(`${first}${DIRECT}${second}${CHAIN}${third}`, "PaymentError('no money')"), [
    'task shop.charge',
    'exception PaymentError',
    'cause JSONDecodeError',
    'frame a/third.py:f',
  ]);
});

test('an exception group is read behind its margin', () => {
  const traceback =
    '  + Exception Group Traceback (most recent call last):\n  |   File "/a/shop/tasks.py", line 9, in c\n  |     raise it\n' +
    '  | ExceptionGroup: many (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------\n';
  const found = explainFingerprint({ name: 'c', exception: null, traceback });
  assert.deepEqual(
    [found?.exceptionType, found?.frame, found?.message],
    ['ExceptionGroup', 'shop/tasks.py:c', 'many (<n> sub-exceptions)'],
  );
});

test('where a limit of time or the loss of a worker strikes is chance', () => {
  for (const type of ['TimeLimitExceeded', 'SoftTimeLimitExceeded', 'WorkerLostError']) {
    const traceback = (at: string) =>
      `${HEADER}${frames(`/a/${at}.py:1 f`)}billiard.exceptions.${type}: (1,)\n`;
    const group = (at: string) =>
      fingerprintOf({ name: 'n', exception: `${type}(1,)`, traceback: traceback(at) })?.fp;
    assert.equal(group('here'), group('there'), type);
    assert.deepEqual(partsOf(traceback('here'), `${type}(1,)`), ['task shop.charge', `exception ${type}`]);
  }
});

test('without a traceback the message counts, with placeholders', () => {
  const messageOf = (exception: string) => partsOf(null, exception)?.at(-1);
  assert.equal(messageOf("ValueError('order 4711 is lost')"), 'message order <n> is lost');
  assert.equal(
    messageOf("ConnectionRefusedError(111, 'Connection refused')"),
    'message <n>, Connection refused',
  );
  assert.equal(messageOf("KeyError('name')"), 'message <s>');
  assert.equal(messageOf('ValueError()'), 'message ');
  assert.equal(messageOf('HTTPError(<Response [404]>)'), 'message <Response [<n>]>');
  assert.equal(messageOf('Order 4711 is lost'), 'message Order <n> is lost');
  assert.equal(messageOf('shop.errors.Oops: no money'), 'message no money');
  assert.equal(messageOf(`ValueError('${'x'.repeat(70_000)}')`), `message ${'x'.repeat(300)}`);
});

test('what never failed has no fingerprint; what names nothing has one', () => {
  assert.equal(fingerprintOf({ name: 'n', exception: null, traceback: null }), null);
  const nothing = fingerprintOf({ name: null, exception: '', traceback: '' });
  assert.deepEqual([nothing?.exceptionType, nothing?.frame, nothing?.message], [null, null, '']);
});

test('the lines of a message are not taken for frames', () => {
  const traceback = `${HEADER}${frames('/a/b.py:1 f')}ValueError: first\n  File "c.py", line 3, in g\nmore\n`;
  assert.deepEqual(partsOf(traceback)?.slice(2), ['frame a/b.py:f']);
});

test('a hostile traceback takes no time', () => {
  const hostile = [
    '  File "a.py", line 1, in f\n'.repeat(300_000),
    '  File "'.repeat(600_000),
    ' '.repeat(4_000_000),
    '\n'.repeat(4_000_000),
    CHAIN.repeat(50_000),
    HEADER.repeat(100_000),
    `  + Exception Group ${HEADER}${'  | '.repeat(900_000)}`,
    `${HEADER}  File "${'/lib/'.repeat(6_000)}", line 1, in x`,
    HEADER + `  File "${'/celery/'.repeat(100)}", line 1, in x\n`.repeat(30),
  ];
  for (const traceback of hostile)
    assert.match(fingerprintOf({ name: 'n', exception: 'E()', traceback })?.fp ?? '', /^1-[0-9a-f]{16}$/);
});
