// People in an htpasswd file: read at the start, and again when it has changed. A new file that is wrong is not taken over: the
// people of before stay, and the log says what is wrong.
import { readFile, stat } from 'node:fs/promises';
import type { Log } from '@umbel/celery';
import { AuthRulesError } from './auth-rules-error.ts';
import { type HashedPassword, readStoredPassword } from './stored-password.ts';

const LOOK_EVERY_MS = 1000;
const MOST_BYTES = 8_000_000;

export type HashedPeople = ReadonlyMap<string, HashedPassword>;

export interface Htpasswd {
  /** The people as the file has them, at most a second old. A new map whenever the file has changed. Never rejects. */
  current(): Promise<HashedPeople>;
}

/** @throws AuthRulesError when the file cannot be read or holds what is no bcrypt hash */
export async function openHtpasswd(path: string, log: Log, now: () => number = Date.now): Promise<Htpasswd> {
  const start = async () => ({ stamp: await stampOf(path), people: await read(path) });
  let { stamp, people } = await start().catch((error: unknown) => {
    throw new AuthRulesError('--htpasswd', `${path}: ${(error as Error).message}`);
  });
  let lookedAt = now();
  let looking: Promise<void> | undefined;
  let problem: string | null = null;

  const look = async () => {
    try {
      const newStamp = await stampOf(path);
      if (newStamp === stamp) return;
      people = await read(path);
      stamp = newStamp;
      problem = null;
      log.info({ path, people: people.size }, 'read the htpasswd file again: it has changed');
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem)
        log.warn({ path, problem: message }, 'the htpasswd file is wrong: its people stay as they were');
      problem = message;
    }
  };
  return {
    async current() {
      if (Math.abs(now() - lookedAt) >= LOOK_EVERY_MS) {
        lookedAt = now();
        looking = look().finally(() => {
          looking = undefined;
        });
      }
      await looking;
      return people;
    },
  };
}

/**
 * Reads the lines of an htpasswd file.
 * @throws TypeError naming line and user, never a hash
 */
export function readHtpasswd(text: string): HashedPeople {
  const people = new Map<string, HashedPassword>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const where = `line ${index + 1}`;
    const colon = line.indexOf(':');
    if (colon < 1) throw new TypeError(`${where} is not NAME:HASH`);
    const name = line.slice(0, colon);
    const shown = `${where} (${JSON.stringify(name)})`;
    if (people.has(name)) throw new TypeError(`${shown} is there twice`);
    const stored = readLine(line.slice(colon + 1).trim(), shown);
    if (stored.kind === 'plain')
      throw new TypeError(`${shown} is no bcrypt hash; make it with \`htpasswd -B\``);
    people.set(name, stored);
  }
  return people;
}

function readLine(text: string, shown: string) {
  try {
    return readStoredPassword(text);
  } catch (error) {
    throw new TypeError(`${shown} ${(error as Error).message}`, { cause: error });
  }
}

async function read(path: string): Promise<HashedPeople> {
  return readHtpasswd(await readFile(path, 'utf8'));
}

/** Changes when the file does. */
async function stampOf(path: string): Promise<string> {
  const { mtimeNs, size, ino } = await stat(path, { bigint: true });
  if (size > MOST_BYTES) throw new TypeError(`is larger than ${MOST_BYTES / 1e6} MB`);
  return `${ino} ${size} ${mtimeNs}`;
}
