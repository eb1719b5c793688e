// A private rabbitmq-server: own node name, ports, data and log folder and epmd, so that it meets no other on the machine.
// Runs as any user, root included. https://www.rabbitmq.com/docs/configure, https://www.rabbitmq.com/docs/relocate
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createCertificates } from './certificates.ts';
import { findExecutable } from './executable.ts';
import { freePort } from './free-port.ts';
import { type OwnedProcess, processFolder, startProcess } from './owned-process.ts';
import type { RabbitAddress } from './rabbit.ts';
import { AbsentError } from './test-scope.ts';
import { until } from './until.ts';

// Debian's /usr/sbin/rabbitmq-server is a wrapper that changes the user and the folder; the real script lies here.
const DEBIAN_SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';
export const RABBIT_ABSENT = 'rabbitmq-server is not installed';
const START_TIMEOUT_MS = 90_000;

const run = promisify(execFile);

export interface RabbitServer extends RabbitAddress {
  pid(): number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again with its data at the same ports. */
  restart(): Promise<void>;
  /** Runs rabbitmqctl on it, e.g. `ctl('set_vm_memory_high_watermark', '0.4')`, and returns what it printed. */
  ctl(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** The programs that make a RabbitMQ server; null when it is not installed. */
export function findRabbit(): { script: string; epmd: string } | null {
  const script = findExecutable(DEBIAN_SCRIPT, 'rabbitmq-server', '/opt/homebrew/sbin/rabbitmq-server');
  const epmd = findExecutable('epmd');
  return script && epmd ? { script, epmd } : null;
}

/**
 * Starts a server and waits until it answers (about 8 seconds on a slow machine).
 *
 * @throws AbsentError when it is not installed
 */
export async function openRabbitServer(): Promise<RabbitServer> {
  const programs = findRabbit();
  if (!programs) throw new AbsentError(RABBIT_ABSENT);
  const folder = mkdtempSync(join(processFolder(), 'rabbit-'));
  const certificates = await createCertificates({ after: () => undefined });
  const [port, tlsPort, managementPort, epmdPort, distributionPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const file = (name: string): string => join(folder, name);
  mkdirSync(file('mnesia'));
  mkdirSync(file('log'));
  writeFileSync(file('enabled_plugins'), '[rabbitmq_management].');
  writeFileSync(
    file('rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
      `ssl_options.cacertfile = ${certificates.ca}`,
      `ssl_options.certfile = ${certificates.cert}`,
      `ssl_options.keyfile = ${certificates.key}`,
      'ssl_options.verify = verify_none',
      'management.tcp.ip = 127.0.0.1',
      `management.tcp.port = ${managementPort}`,
      'log.console = true',
      'log.console.level = warning',
      'log.file = false',
      // A test machine may be nearly full; blocked publishers would look like hanging tests.
      'disk_free_limit.absolute = 1MB',
      'vm_memory_high_watermark.absolute = 1GB',
      'collect_statistics_interval = 5000',
    ].join('\n'),
  );
  const environment = {
    HOME: folder, // the Erlang cookie is made there
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${epmdPort}`,
    ERL_CRASH_DUMP: '/dev/null',
    RABBITMQ_NODENAME: `umbel-${randomBytes(4).toString('hex')}@localhost`,
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    RABBITMQ_MNESIA_BASE: file('mnesia'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null', // not the machine's settings
    RABBITMQ_PID_FILE: file('pid'),
    RABBITMQ_ALLOW_INPUT: '1', // the script becomes the server instead of staying above it; so our signals reach the server
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-noinput -start_epmd false +S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
  };
  const { script } = programs;
  const managementUrl = `http://127.0.0.1:${managementPort}`;
  const epmd = await startProcess(programs.epmd, ['-port', `${epmdPort}`], { env: environment });
  let server = await launch();

  async function launch(): Promise<OwnedProcess> {
    const started = await startProcess(script, [], { env: environment, cwd: folder });
    const isReady = async (): Promise<boolean> => {
      const response = await fetch(`${managementUrl}/api/overview`, {
        headers: { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` },
      });
      await response.body?.cancel();
      return response.ok;
    };
    await until(async () => !started.running() || (await isReady()), {
      timeoutMs: START_TIMEOUT_MS,
      everyMs: 150,
      what: () => `rabbitmq-server to be ready; it said:\n${started.log()}`,
    });
    if (!started.running()) throw new Error(`rabbitmq-server ended at once:\n${started.log()}`);
    return started;
  }
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    managementUrl,
    ca: certificates.ca,
    pid: () => server.pid,
    stop: () => server.stop({ graceMs: 20_000 }),
    kill: () => server.kill(),
    restart: async () => {
      await server.stop({ graceMs: 20_000 });
      server = await launch();
    },
    ctl: async (...args) => {
      const program = join(dirname(script), 'rabbitmqctl');
      const node = environment.RABBITMQ_NODENAME;
      const { stdout } = await run(program, ['--quiet', '--node', node, ...args], {
        env: { ...process.env, ...environment },
      });
      return stdout;
    },
    close: async () => {
      await server.kill();
      await epmd.kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
