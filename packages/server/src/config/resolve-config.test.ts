import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatHelp } from './help-text.ts';
import { environmentName, OPTIONS } from './options.ts';
import { parseArguments } from './parse-arguments.ts';
import { resolveConfig } from './resolve-config.ts';

function resolve(argv: string[], env: Record<string, string> = {}, file = '') {
  const parsed = parseArguments(argv);
  assert.equal(parsed.ask, 'start');
  return resolveConfig({
    flags: parsed.ask === 'start' ? parsed.values : new Map(),
    env,
    readFile: () => file,
  });
}

describe('command line', () => {
  test('nothing given means the defaults of the table', () => {
    const config = resolve([]);
    for (const [name, option] of Object.entries(OPTIONS)) {
      assert.deepEqual(config[name as keyof typeof config], option.default, name);
    }
  });

  test('a flag beats the environment, the environment beats the file, the file beats the default', () => {
    const file = 'port: 1\naddress: 10.0.0.1\nlog-level: debug';
    const config = resolve(
      ['--port', '3', '--config', 'umbel.yaml'],
      { UMBEL_PORT: '2', UMBEL_ADDRESS: '10.0.0.2' },
      file,
    );
    assert.deepEqual([config.port, config.address, config['log-level']], [3, '10.0.0.2', 'debug']);
  });

  test("Celery's and Flower's own variables are read, Umbel's name first", () => {
    const env = {
      CELERY_BROKER_URL: 'redis://a',
      FLOWER_UNAUTHENTICATED_API: 'yes',
      UMBEL_API_KEYS: 'k1, k2',
    };
    const config = resolve([], env);
    assert.equal(config.broker, 'redis://a');
    assert.equal(config['unauthenticated-api'], true);
    assert.deepEqual(config['api-keys'], ['k1', 'k2']);
    assert.equal(resolve([], { ...env, UMBEL_BROKER: 'redis://b' }).broker, 'redis://b');
  });

  test('an empty variable counts as not set', () => {
    assert.equal(resolve([], { UMBEL_PORT: '' }).port, 5555);
  });

  test('names are read with underscores too, and values keep theirs', () => {
    assert.deepEqual(resolve(['--basic_auth=a_b:c_d,e:f'])['basic-auth'], ['a_b:c_d', 'e:f']);
  });

  test('a repeated list adds up', () => {
    assert.deepEqual(resolve(['--basic-auth', 'a:b', '--basic-auth', 'c:d'])['basic-auth'], ['a:b', 'c:d']);
  });

  test('hashes keep the commas of their parameters, and plain lists work as they always did', () => {
    const argon = '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g';
    const scrypt = '$scrypt$ln=16,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g';
    assert.deepEqual(resolve(['--basic-auth', `ada:${argon},bob:plain,eve:${scrypt}`])['basic-auth'], [
      `ada:${argon}`,
      'bob:plain',
      `eve:${scrypt}`,
    ]);
    assert.deepEqual(resolve(['--basic-auth', 'a:$2y$10$abc,t=3:x,b:$x$m=1,c:y'])['basic-auth'], [
      'a:$2y$10$abc',
      't=3:x',
      'b:$x$m=1',
      'c:y',
    ]);
    const file = `basic-auth:\n  - 'ada:a,b'\n  - 'eve:${argon}'`;
    assert.deepEqual(resolve(['--config', 'u.yaml'], {}, file)['basic-auth'], ['ada:a,b', `eve:${argon}`]);
  });

  test('a switch can be turned off with no-', () => {
    assert.equal(resolve(['--no-enable-events'])['enable-events'], false);
    assert.equal(resolve(['--enable-events'])['enable-events'], true);
    assert.equal(resolve(['--enable-events=off'])['enable-events'], false);
  });

  test('times and sizes are read with their units', () => {
    const config = resolve([
      '--retention-age',
      '12h',
      '--retention-size=2GB',
      '--event-queue-ttl=5',
      '--inspect-timeout=1500',
    ]);
    assert.deepEqual(
      [
        config['retention-age'],
        config['retention-size'],
        config['event-queue-ttl'],
        config['inspect-timeout'],
      ],
      [43_200_000, 2_000_000_000, 5_000, 1_500],
    );
    assert.equal(resolve(['--retention-age=off'])['retention-age'], null);
    const kept = resolve(['--retention-failures=90d', '--retention-tasks=5000000', '--max-value-size=1MB']);
    assert.deepEqual(
      [kept['retention-failures'], kept['retention-tasks'], kept['max-value-size']],
      [7_776_000_000, 5_000_000, 1_000_000],
    );
    assert.throws(() => resolve(['--max-value-size=2MB']), /from 1kB to 1MB/);
    assert.throws(() => resolve(['--retention-size=5MB']), /at least 10MB/);
  });

  test('a URL prefix begins with a slash and does not end with one', () => {
    for (const given of ['umbel', '/umbel', 'umbel/', '//umbel//']) {
      assert.equal(resolve([`--url-prefix=${given}`])['url-prefix'], '/umbel');
    }
    assert.equal(resolve(['--url-prefix=/'])['url-prefix'], '');
    assert.throws(() => resolve(['--url-prefix=/a b']), /--url-prefix needs a path/);
  });

  test('a wrong name is answered with the nearest right one', () => {
    assert.throws(
      () => parseArguments(['--prot', '80']),
      /--prot is not an option of umbel\. Did you mean --port\?/,
    );
    assert.throws(() => parseArguments(['--no-port']), /--no-port is not an option/);
    assert.throws(() => parseArguments(['--completely-other-thing']), /See umbel --help/);
    assert.throws(() => parseArguments(['serve-me']), /"serve-me" is not an option/);
  });

  test('keys that a command line would show to everybody are no flags', () => {
    assert.throws(() => parseArguments(['--api-keys', 'k']), /--api-keys is not an option/);
  });

  test('a file may hold the value of any option, without the line end of editors', () => {
    const env = { UMBEL_BASIC_AUTH_FILE: '/run/secrets/users' };
    assert.deepEqual(resolve([], env, 'ada:love,bob: x \n')['basic-auth'], ['ada:love', 'bob: x']);
    assert.deepEqual(resolve([], env, 'ada:one\r\nbob:$argon2id$v=19$m=1,t=2,p=1$x$y\n\n')['basic-auth'], [
      'ada:one',
      'bob:$argon2id$v=19$m=1,t=2,p=1$x$y',
    ]);
    assert.equal(resolve([], { UMBEL_PORT_FILE: '/p' }, '81\r\n').port, 81);
    assert.equal(resolve([], { UMBEL_OAUTH2_SECRET_FILE: '/s' }, 'geheim\n')['oauth2-secret'], 'geheim');
  });

  test('the command line wins over a file with the value, which wins over the variables of others', () => {
    const env = { UMBEL_BROKER_FILE: '/b', CELERY_BROKER_URL: 'redis://c' };
    assert.equal(resolve([], env, 'redis://b').broker, 'redis://b');
    assert.equal(resolve(['--broker', 'redis://a'], { ...env, UMBEL_BROKER: 'x' }, 'y').broker, 'redis://a');
  });

  test('a value and a file with the value contradict each other', () => {
    assert.throws(
      () => resolve([], { UMBEL_API_KEYS: 'geheim', UMBEL_API_KEYS_FILE: '/k' }, 'streng'),
      (error: Error) =>
        /UMBEL_API_KEYS and UMBEL_API_KEYS_FILE are both set/.test(error.message) &&
        !/geheim|streng/.test(error.message),
    );
  });

  test('a file that cannot be read, is empty or holds nonsense is named, and its content is not', () => {
    const readFile = () => {
      throw new Error('ENOENT: no such file');
    };
    assert.throws(
      () => resolveConfig({ flags: new Map(), env: { UMBEL_PORT_FILE: '/run/port' }, readFile }),
      /UMBEL_PORT_FILE: the file \/run\/port cannot be read: ENOENT/,
    );
    assert.throws(() => resolve([], { UMBEL_PORT_FILE: '/run/port' }, '\n'), /\/run\/port is empty/);
    assert.throws(
      () => resolve([], { UMBEL_PORT_FILE: '/run/port' }, 'hunter2'),
      (error: Error) =>
        /UMBEL_PORT_FILE \(\/run\/port\) needs a whole number/.test(error.message) &&
        !error.message.includes('hunter2'),
    );
  });

  test('a missing value names the flag and what it takes', () => {
    assert.throws(() => parseArguments(['--port']), /--port needs a value: --port PORT/);
    assert.throws(() => parseArguments(['--broker=']), /--broker needs a value/);
  });

  test('a wrong value names its source and what would be right', () => {
    assert.throws(
      () => resolve(['--port', '99999']),
      /--port needs a whole number from 0 to 65535, not "99999"/,
    );
    assert.throws(
      () => resolve([], { UMBEL_LOG_LEVEL: 'loud' }),
      /UMBEL_LOG_LEVEL needs one of trace, debug/,
    );
    assert.throws(
      () => resolve(['--config', 'u.yaml'], {}, 'port: many'),
      /port in u\.yaml needs a whole number/,
    );
    assert.throws(
      () => resolve([], { FLOWER_UNAUTHENTICATED_API: 'zzz' }),
      /FLOWER_UNAUTHENTICATED_API needs true or false/,
    );
  });

  test('a wrong secret is never repeated', () => {
    assert.throws(
      () => resolve(['--basic-auth', 'hunter2']),
      (error: Error) =>
        /--basic-auth needs user:password/.test(error.message) && !error.message.includes('hunter2'),
    );
    // Celery's own dictionary may hold one, for Redis Sentinel.
    for (const json of ['{"sentinel_kwargs": {"password": "hunter2"},}', '{"password": hunter2}']) {
      assert.throws(
        () => resolve([], { UMBEL_BROKER_TRANSPORT_OPTIONS: json }),
        (error: Error) => /needs a JSON object/.test(error.message) && !error.message.includes('hunter2'),
      );
    }
    assert.throws(
      () => parseArguments(['redis://:hunter2@h']),
      (error: Error) => /is not an option/.test(error.message) && !error.message.includes('hunter2'),
    );
  });

  test('the transport options are checked where they matter and kept otherwise', () => {
    const config = resolve([
      '--broker-transport-options',
      '{"global_keyprefix":"a_","visibility_timeout":3}',
    ]);
    assert.equal(config['broker-transport-options'].global_keyprefix, 'a_');
    assert.throws(() => resolve(['--broker-transport-options', '{"sep":1}']), /wrong value for sep/);
    assert.throws(() => resolve(['--broker-transport-options', '[1]']), /needs a JSON object/);
  });

  test('a broken config file is named', () => {
    assert.throws(() => resolve(['--config', 'u.yaml'], {}, 'a: [1'), /u\.yaml is not readable YAML/);
    assert.throws(() => resolve(['--config', 'u.yaml'], {}, '- 1'), /u\.yaml needs lines/);
    assert.throws(
      () => resolve(['--config', 'u.yaml'], {}, 'read-only: true\nread_only: false'),
      /u\.yaml has read-only twice/,
    );
    assert.throws(
      () => resolve(['--config', 'u.yaml'], {}, 'prot: 1'),
      /has prot, which is not an option\. Did you mean port\?/,
    );
  });

  test('help and version are found anywhere', () => {
    assert.deepEqual(parseArguments(['--port', '1', '--help']), { ask: 'help' });
    assert.deepEqual(parseArguments(['--version']), { ask: 'version' });
  });

  test('the help names every option and no secret default', () => {
    const help = formatHelp([{ name: 'token list', summary: 'What there is.' }]);
    assert.match(help, /\n {2}token list {2}What there is\.\n/);
    for (const [name, option] of Object.entries(OPTIONS)) {
      const shown =
        option.flag === false
          ? environmentName(name)
          : option.kind.placeholder === null
            ? `--[no-]${name}`
            : `--${name} `;
      assert.ok(help.includes(shown), name);
    }
    assert.match(help, /--retention-age SECONDS\|off\n.*\(default: 30d\)/);
    assert.match(help, /UMBEL_API_KEYS/);
  });
});
