// Where the attacks take place: Umbel as a process with people of every kind, asked over real HTTP. Each test comes from an
// address of its own, so that what one guesses wrong is not held against the next.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  missing,
  type RedisServer,
  startRedis,
  suiteScope,
  tempFolder,
  type TestScope,
} from '@umbel/testkit';
import { type Reply, startUmbel, type UmbelProcess } from '../start-umbel.ts';

/** Their passwords are `pw-NAME`. `blind` sees no payloads, `mel` works on tasks `mail.*` alone. */
export const PEOPLE = ['ada', 'olga', 'vera', 'blind', 'mel'] as const;
export type Person = (typeof PEOPLE)[number];
export const STATIC_KEY = 'static-key-0123456789abcdef';

const CONFIG = `
roles:
  watcher: {rights: [view]}
  mailer: {rights: [operator], tasks: ['mail.*']}
grants:
  - 'ada=admin'
  - 'olga=operator'
  - 'vera=viewer'
  - 'blind=watcher'
  - 'mel=mailer'
  - 'key 1=operator'
`;

/** Somebody who has signed in by the form's way. */
export interface Visitor {
  /** `name=value` */
  readonly cookie: string;
  readonly csrfToken: string;
  /** Headers of a request by session that may change something. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Arena {
  readonly umbel: UmbelProcess;
  readonly redis: RedisServer;
  readonly scope: TestScope;
  readonly signIn: (person: Person) => Promise<Visitor>;
}

export interface ArenaOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ArenaOfFile {
  /** A test with the arena; skipped where there is no Redis. */
  readonly attack: (title: string, work: (arena: Arena, t: TestContext) => Promise<void>) => void;
  readonly arena: Arena | null;
}

/** Call it in the body of a file: the arena is there until its last test has ended. */
export async function openArena(options: ArenaOptions = {}): Promise<ArenaOfFile> {
  const scope = suiteScope();
  const absence = await missing('redis');
  const arena = absence === false ? await start(scope, options) : null;
  return {
    arena,
    attack(title, work) {
      test(title, { skip: absence }, async (t) => {
        assert.ok(arena);
        await work(arena, t);
        const alive = await arena.umbel.get('/healthz');
        assert.equal(alive.status, 200, 'the server did not survive the attack');
      });
    },
  };
}

async function start(scope: TestScope, { args = [], env = {} }: ArenaOptions): Promise<Arena> {
  const redis = await startRedis(scope);
  const config = join(tempFolder(scope), 'umbel.yaml');
  writeFileSync(config, CONFIG);
  const umbel = await startUmbel(scope, {
    broker: redis.url,
    resultBackend: redis.url,
    args: ['--config', config, '--trust-proxy', '127.0.0.1', ...args],
    env: {
      FLOWER_UNAUTHENTICATED_API: '',
      UMBEL_BASIC_AUTH: PEOPLE.map((name) => `${name}:pw-${name}`).join(','),
      UMBEL_API_KEYS: STATIC_KEY,
      ...env,
    },
  });
  return { umbel, redis, scope, signIn: (person) => signIn(umbel, person) };
}

async function signIn(umbel: UmbelProcess, person: Person): Promise<Visitor> {
  const reply = await umbel.post(
    '/api/v1/session',
    { name: person, password: `pw-${person}` },
    { headers: { 'content-type': 'application/json', ...fromElsewhere() } },
  );
  assert.equal(reply.status, 200, reply.text);
  const cookie = reply.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const { csrf_token: csrfToken } = JSON.parse(reply.text) as { csrf_token: string };
  return { cookie, csrfToken, headers: { cookie, 'x-csrf-token': csrfToken } };
}

export function basic(name: string, password = `pw-${name}`): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** As if it came through the trusted proxy from an address that nobody else has. */
export function fromElsewhere(): Record<string, string> {
  return { 'x-forwarded-for': `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}` };
}

export function sessionCookies({ headers }: Pick<Reply<unknown>, 'headers'>): string[] {
  return headers.getSetCookie().filter((line) => /^(?:__Host-)?umbel_session=[^;]/.test(line));
}

export interface RawReply {
  readonly status: number;
  /** Head and body, as they came. */
  readonly text: string;
}

/**
 * Sends bytes that no client library would, and reads what comes back until the connection closes.
 * @param lines of the head, joined by CRLF; `Host` and `Connection: close` come on top unless `whole`
 */
export function sendRaw(
  { url }: UmbelProcess,
  lines: readonly string[],
  { body = '', whole = false }: { readonly body?: string; readonly whole?: boolean } = {},
): Promise<RawReply> {
  const { hostname, port, host } = new URL(url);
  const [first = '', ...rest] = lines;
  const head = whole ? lines : [first, `Host: ${host}`, 'Connection: close', ...rest];
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
    });
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${first}`)));
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('error', reject);
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }));
  });
}
