// Makes and tries hashes of passwords, on whatever thread it is called. Each call takes long by design: password-worker.ts has a
// thread for the server's, `umbel hash-password` has all the time of the world.
import { argon2Sync, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { compareSync } from 'bcryptjs';
import type { HashedPassword } from './stored-password.ts';

/** OWASP's least for argon2id, and for scrypt. */
const ARGON2 = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SCRYPT = { logN: 17, blockSize: 8, parallelism: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** A hash for `--basic-auth` or an htpasswd file, as a PHC string. */
export function hashPassword(password: string, kind: 'argon2id' | 'scrypt' = 'argon2id'): string {
  const salt = randomBytes(SALT_BYTES);
  if (kind === 'argon2id') {
    const { memory: m, passes: t, parallelism: p } = ARGON2;
    const hash = deriveKey(password, { kind, ...ARGON2, salt }, HASH_BYTES);
    return `$argon2id$v=19$m=${m},t=${t},p=${p}$${base64(salt)}$${base64(hash)}`;
  }
  const { logN: ln, blockSize: r, parallelism: p } = SCRYPT;
  const hash = deriveKey(password, { kind, ...SCRYPT, salt }, HASH_BYTES);
  return `$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(hash)}`;
}

/** Whether this is the password behind the hash. */
export function matchesHash(given: string, stored: HashedPassword): boolean {
  if (stored.kind === 'bcrypt') return compareSync(given, stored.text);
  return timingSafeEqual(deriveKey(given, stored, stored.hash.length), stored.hash);
}

type KeyRecipe =
  | Omit<Extract<HashedPassword, { memory: number }>, 'hash'>
  | Omit<Extract<HashedPassword, { logN: number }>, 'hash'>;

function deriveKey(password: string, recipe: KeyRecipe, bytes: number): Buffer {
  if (recipe.kind === 'scrypt') {
    const { logN, blockSize, parallelism, salt } = recipe;
    const N = 2 ** logN;
    const maxmem = 128 * blockSize * (N + parallelism + 2);
    return scryptSync(password, salt, bytes, { N, r: blockSize, p: parallelism, maxmem });
  }
  const { kind, memory, passes, parallelism, salt } = recipe;
  return argon2Sync(kind, {
    message: password,
    nonce: salt,
    parallelism,
    tagLength: bytes,
    memory,
    passes,
  });
}

/** As PHC strings have it: no padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
