import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, formatPythonRepr, parsePythonRepr } from '@umbel/celery';
import * as fc from 'fast-check';
import { createRedaction } from './create-redaction.ts';

const NAMES = ['password', 'token', 'secret', 'api_key', 'authorization', 'card*'];
const redaction = createRedaction({ names: NAMES });
/** In every secret, and in nothing else. */
const MARK = 'zq9Xv';

const masksRepr = (cases: Readonly<Record<string, string>>) => {
  for (const [given, masked] of Object.entries(cases)) assert.equal(redaction.repr(given), masked);
};

test('values in dicts are masked under keys that name a secret, the rest stays as it is', () => {
  masksRepr({
    "{'password': 'x', 'n': 1}": "{'password': '***', 'n': 1}",
    "({'db_password': 'x', 'n': [1, {'accessToken': 5}]},)":
      "({'db_password': '***', 'n': [1, {'accessToken': '***'}]},)",
    "{b'password': b'x', 'n': 1}": "{b'password': b'***', 'n': 1}",
    "{'X-Api-Key': ('a', 'b'), 'cardNumber': 4111}": "{'X-Api-Key': '***', 'cardNumber': '***'}",
    "{'password': \"it's\", 'n': 1}": "{'password': '***', 'n': 1}",
    "{'password': 'a\\', 'n': 'b'}": "{'password': '***', 'n': 'b'}",
    "[('Authorization', 'Bearer abc'), ('Accept', 'x')]": "[('Authorization', '***'), ('Accept', 'x')]",
    "('tokenizer', {'n': 1}, 'token')": "('tokenizer', {'n': 1}, 'token')",
  });
});

test('what says only that there is no secret stays', () => {
  const nothing = "{'password': None, 'token': '', 'secret': False, 'api_key': [], 'card': {}}";
  assert.equal(redaction.repr(nothing), nothing);
  const object = "User(password=None, token='', secret=True, api_key=[], n=Decimal('1'))";
  assert.equal(redaction.repr(object), object);
});

test('attributes of objects that no literal shows are masked', () => {
  masksRepr({
    "User(password='x', name='y')": "User(password='***', name='y')",
    "<User password='x' name='y'>": "<User password='***' name='y'>",
    "{'token': Decimal('1.5'), 'n': Decimal('2')}": "{'token': '***', 'n': Decimal('2')}",
    "User(token=Token(a=['x'], b='y'), n=2)": 'User(token=***, n=2)',
    "OrderedDict([('password', 'x'), ('n', 1)])": "OrderedDict([('password', '***'), ('n', 1)])",
    "{'token': <Token object at 0x7f>, 'n': 1}": "{'token': '***', 'n': 1}",
    '{\'password\': """a\'b""", \'n\': Foo()}': '{\'password\': """***""", \'n\': Foo()}',
  });
});

test('a text that Celery has cut is masked up to the cut', () => {
  masksRepr({
    "{'password': 'abcdef...": "{'password': '***",
    "{'password': 'abc": "{'password': '***",
    "{'password': ['abc', 'de": "{'password': '***'",
    "{'a': 1, 'password': 'abc def...', ...}": "{'a': 1, 'password': '***', ...}",
    "{'password': 123...": "{'password': '***'",
  });
});

test('where a value ends cannot be told: everything behind it is hidden', () => {
  masksRepr({
    "{'token': User(a=['it\\'s'], b=2), 'n': Foo()}": "{'token': '***'",
    "{'token': <it's, 'x']>, 'n': 2}": "{'token': '***'",
    "{'token': Foo(a], 'n': 2}": "{'token': '***'",
  });
});

test('JSON and assignments inside strings are masked, however often they are quoted', () => {
  masksRepr({
    '{\'note\': \'{"password": "x", "n": 1}\'}': '{\'note\': \'{"password": "***", "n": 1}\'}',
    "('see password=abc&x=1',)": "('see password=***&x=1',)",
    "('redis://:abc@host/0',)": "('redis://:***@host/0',)",
  });
  let nested = JSON.stringify({ password: MARK, list: [1] });
  for (let level = 0; level < 4; level++) {
    const masked = redaction.text(nested);
    assert.ok(!masked.includes(MARK), masked);
    let value: unknown = masked;
    for (let unpacked = 0; unpacked <= level; unpacked++) value = JSON.parse(value as string);
    assert.deepEqual(value, { password: '***', list: [1] });
    nested = JSON.stringify(nested);
  }
});

test('headers, code and connection strings in free text are masked', () => {
  const text = [
    'Authorization: Bearer abc, def',
    'Accept: x',
    'if password == "abc":',
    '  login(password=Decimal("abc"), user=2)',
    "environ['SECRET'] = 'abc'",
    'user[password]=abc;Host=h',
    'KeyError: password',
  ].join('\n');
  assert.equal(
    redaction.exception(text),
    [
      'Authorization: ***',
      'Accept: x',
      'if password == "***":',
      '  login(password=***, user=2)',
      "environ['SECRET'] = '***'",
      'user[password]=***;Host=h',
      'KeyError: password',
    ].join('\n'),
  );
});

test('JSON values keep exact numbers, and no key reaches a prototype', () => {
  const big = JSON.rawJSON('9007199254740993');
  const value = { a: [big], token: JSON.rawJSON('1.0'), secret: null };
  assert.equal(
    JSON.stringify(redaction.value(value)),
    '{"a":[9007199254740993],"token":"***","secret":null}',
  );
  const odd = redaction.value(JSON.parse('{"__proto__": {"password": "x"}, "constructor": {"token": "x"}}'));
  assert.equal(JSON.stringify(odd), '{"__proto__":{"password":"***"},"constructor":{"token":"***"}}');
  assert.deepEqual(redaction.value([['token', 'x'], ['password', 'b', 'c'], 'a password']), [
    ['token', '***'],
    ['password', 'b', 'c'],
    'a password',
  ]);
});

test('nesting of any depth is cut off, not followed to the end of the stack', () => {
  let deep: unknown = MARK;
  for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : { a: deep };
  assert.ok(!JSON.stringify(redaction.value(deep)).includes(MARK));
});

test('without names nothing is masked', () => {
  const none = createRedaction({ names: ['', ' '] });
  assert.equal(none.repr("{'password': 'x'}"), "{'password': 'x'}");
  assert.equal(none.text('redis://:x@h'), 'redis://:x@h');
  assert.deepEqual(none.value({ password: 'x' }), { password: 'x' });
});

test('every text of a task is masked, those of earlier attempts too, and null stays null', () => {
  const entry = { state: 'RETRY', timestamp: 1, hostname: 'w' };
  const task = redaction.task({
    ...emptyTask('u'),
    args: `({'password': '${MARK}'},)`,
    kwargs: `{'password': '${MARK}'}`,
    result: `{'password': '${MARK}'}`,
    exception: `ValueError("token=${MARK}")`,
    traceback: `token = '${MARK}'`,
    extraHistory: [{ ...entry, exception: `token: ${MARK}` }, entry],
  });
  assert.ok(!JSON.stringify(task).includes(MARK));
  assert.equal(task.extraHistory[0]?.exception, 'token: ***');
  assert.equal(task.extraHistory[1], entry);
  assert.deepEqual(redaction.task(emptyTask('u')), emptyTask('u'));
});

test('what workers tell of their tasks is masked, their settings are left to who asks them', () => {
  const active = [
    { id: '1', name: 'shop.reset_password', args: [{ token: MARK }], kwargs: `{'token': '${MARK}'}` },
    'odd',
  ];
  const scheduled = [{ eta: 'e', priority: 6, request: { id: '2', args: [], kwargs: { token: MARK } } }];
  const stats = { total: { 'shop.reset_password': 5 } };
  const masked = redaction.workerReplies({ active, scheduled, stats });
  assert.ok(!JSON.stringify(masked).includes(MARK));
  assert.equal(masked['stats'], stats);
  assert.deepEqual((masked['active'] as unknown[])[0], {
    id: '1',
    name: 'shop.reset_password',
    args: [{ token: '***' }],
    kwargs: "{'token': '***'}",
  });
});

test('what beat sends is masked by name', () => {
  const beat = (token: string) => ({ beat_schedule: { daily: { task: 'a', args: [1], kwargs: { token } } } });
  assert.deepEqual(redaction.workerReplies({ conf: beat(MARK) }), { conf: beat('***') });
});

test('a stored result is masked, an exception too', () => {
  const stored = (state: string, result: unknown) =>
    redaction.taskResult({
      taskId: 't',
      state,
      result,
      traceback: `token='${MARK}'`,
      children: [],
      dateDone: null,
      groupId: null,
      parentId: null,
    });
  assert.deepEqual(stored('SUCCESS', { token: MARK, n: 1 }).result, { token: '***', n: 1 });
  assert.deepEqual(
    stored('FAILURE', { exc_type: 'TokenError', exc_message: [`token=${MARK}`], exc_module: 'shop' }).result,
    { exc_message: ['token=***'], exc_type: 'TokenError', exc_module: 'shop' },
  );
  assert.equal(stored('FAILURE', null).traceback, "token='***'");
});

const secretText = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 6 }), hostileText(), hostileText())
  .map(([any, before, after]) => `${any}${before}${MARK}${after}`);
const secretKey = fc.constantFrom('password', 'accessToken', 'X-Api-Key', 'card_number', 'SECRET2');
const plainKey = fc.constantFrom('n', 'user', 'tokenizer', 'key', 'q\\');
const secretValue = fc.oneof(
  secretText,
  fc.array(secretText, { minLength: 1, maxLength: 2 }),
  fc.dictionary(plainKey, secretText, { minKeys: 1, maxKeys: 2 }),
);

/** Characters that reprs are made of. */
function hostileText(): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...Array.from('\'"\\,: ()[]{}<>=;&.#b')), maxLength: 4 });
}

/** Values with secrets under secret names, and nowhere else. */
const withSecrets = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.constantFrom(null, true, 'plain', "it's", 'C:\\', ''),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .tuple(fc.dictionary(plainKey, tie('value'), { maxKeys: 2 }), fc.dictionary(secretKey, secretValue))
      .map(([plain, secret]) => ({ ...plain, ...secret })),
  ),
})).value;

test('no secret survives in a value, in its repr, or in JSON inside a repr, wherever that is cut', () => {
  fc.assert(
    fc.property(withSecrets, fc.nat(), (value, at) => {
      const whole = formatPythonRepr(value, Infinity, Infinity);
      const json = formatPythonRepr([JSON.stringify(value)], Infinity, Infinity);
      const object = `Foo(${whole}, <x>)`;
      const texts = [whole, json, object, whole.slice(0, at % (whole.length + 1))];
      for (const text of texts) {
        const masked = redaction.repr(text);
        assert.ok(!masked.includes(MARK), `${text} ▶ ${masked}`);
        assert.equal(redaction.repr(masked), masked, text);
        if (parsePythonRepr(text).ok) assert.ok(parsePythonRepr(masked).ok, masked);
        assert.ok(!redaction.text(text).includes(MARK), text);
      }
      const masked = redaction.value(value);
      assert.ok(!JSON.stringify(masked).includes(MARK));
      assert.deepEqual(redaction.value(masked), masked);
    }),
    { numRuns: 2_000 },
  );
});

test('any text at all is masked twice as it is once, and one without names stays', () => {
  const piece = fc.oneof(
    hostileText(),
    fc.constantFrom('password', 'token', "'", '"', ': ', '=', '\\"', '://', '@', 'x', ', ', '\n', '('),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      const text = pieces.join('');
      assert.equal(redaction.text(redaction.text(text)), redaction.text(text));
      assert.equal(redaction.repr(redaction.repr(text)), redaction.repr(text));
      if (!/password|token|:\/\//.test(text)) assert.equal(redaction.repr(text), text);
    }),
    { numRuns: 3_000 },
  );
});

test('a megabyte made to be slow is masked all the same', () => {
  const hostile = [
    'password',
    'password=',
    "'password': '",
    "('password', (",
    "('password', '\\",
    "{'token': [",
    "{'token': <a",
    'token: ',
    'token=bearer  ',
    `'${'\\'.repeat(50)}`,
    "=\\'",
    'a://',
    'a://b:c@',
    "'token':  ",
    'token=(',
    '"',
    'card',
  ];
  for (const piece of hostile) {
    const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
    // Were the work to grow with the square of the length, this would take hours.
    assert.equal(typeof redaction.repr(text), 'string', piece);
    assert.equal(typeof redaction.value({ [text]: text, a: [text] }), 'object', piece);
  }
});
