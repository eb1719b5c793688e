// Passwords as they are configured: plain, or as a hash that says how it was made. Reads, bounds and compares their cost;
// computes none (password-hash.ts). Pure.

/** What it takes to try a password. Every parameter is within bounds: a hash must not cost gigabytes or minutes. */
export type HashedPassword =
  | {
      readonly kind: 'argon2id' | 'argon2i';
      /** KiB. */
      readonly memory: number;
      readonly passes: number;
      readonly parallelism: number;
      readonly salt: Uint8Array;
      readonly hash: Uint8Array;
    }
  | {
      readonly kind: 'scrypt';
      /** Binary logarithm of N. */
      readonly logN: number;
      readonly blockSize: number;
      readonly parallelism: number;
      readonly salt: Uint8Array;
      readonly hash: Uint8Array;
    }
  | { readonly kind: 'bcrypt'; readonly rounds: number; readonly text: string };

export type StoredPassword = { readonly kind: 'plain'; readonly text: string } | HashedPassword;

const MOST_MEMORY_KIB = 262_144;
/** KiB times passes: about two seconds. */
const MOST_ARGON2_WORK = 2_097_152;
const MOST_SCRYPT_PARALLELISM = 16;
const MOST_BCRYPT_ROUNDS = 14;

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2 =
  /^\$(argon2id|argon2i)\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
/** crypt(3), LDAP and Django hashes: taken for a plain password, the hash itself would open the door. */
const FOREIGN = /^(?:\$[a-z0-9-]{1,24}\$|\{[A-Z][A-Z0-9-]+\}|pbkdf2_|bcrypt_sha256\$|argon2\$|scrypt\$)/;

/**
 * Reads a password as it is configured.
 * @throws TypeError with the end of a sentence, when it looks like a hash and is none that can be used; it never quotes it
 */
export function readStoredPassword(text: string): StoredPassword {
  if (/^\$2[a-z]?\$/.test(text)) return readBcrypt(text);
  if (text.startsWith('$argon2')) return readArgon2(text);
  if (text.startsWith('$scrypt$')) return readScrypt(text);
  if (FOREIGN.test(text))
    throw new TypeError(
      'is a hash of a kind that is not supported; use bcrypt, or what `umbel hash-password` prints',
    );
  return { kind: 'plain', text };
}

function readBcrypt(text: string): HashedPassword {
  const rounds = Number(BCRYPT.exec(text)?.[1]);
  if (!(rounds >= 4)) throw new TypeError('is no complete bcrypt hash');
  if (rounds > MOST_BCRYPT_ROUNDS)
    throw new TypeError(
      `is a bcrypt hash of cost ${rounds}, which takes too long; at most ${MOST_BCRYPT_ROUNDS}`,
    );
  return { kind: 'bcrypt', rounds, text };
}

function readArgon2(text: string): HashedPassword {
  const [, kind, m, t, p, salt = '', hash = ''] = ARGON2.exec(text) ?? [];
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)];
  if (kind === undefined) throw new TypeError('is no complete argon2id or argon2i hash of version 19');
  const tooLittle = passes < 1 || parallelism < 1 || memory < 8 * parallelism;
  if (tooLittle || memory > MOST_MEMORY_KIB || memory * passes > MOST_ARGON2_WORK || parallelism > 16)
    throw new TypeError(
      `is an argon2 hash whose cost is out of bounds; at most m=${MOST_MEMORY_KIB}, m × t = ${MOST_ARGON2_WORK} and p=16`,
    );
  return {
    kind: kind as 'argon2id' | 'argon2i',
    memory,
    passes,
    parallelism,
    salt: bytesOf(salt),
    hash: bytesOf(hash),
  };
}

function readScrypt(text: string): HashedPassword {
  const [, ln, r, p, salt = '', hash = ''] = SCRYPT.exec(text) ?? [];
  const [logN, blockSize, parallelism] = [Number(ln), Number(r), Number(p)];
  if (ln === undefined) throw new TypeError('is no complete scrypt hash');
  const memory = (2 ** logN * blockSize) / 8;
  if (
    logN < 1 ||
    blockSize < 1 ||
    parallelism < 1 ||
    parallelism > MOST_SCRYPT_PARALLELISM ||
    memory * Math.max(1, parallelism / 4) > MOST_MEMORY_KIB
  )
    throw new TypeError(
      `is a scrypt hash whose cost is out of bounds; at most ${MOST_MEMORY_KIB / 1024} MiB, which is ln=18,r=8`,
    );
  return {
    kind: 'scrypt',
    logN,
    blockSize,
    parallelism,
    salt: bytesOf(salt),
    hash: bytesOf(hash),
  };
}

/** In memory of its own: a copy for another thread takes nothing else along. */
function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** How long trying a password takes, about, in milliseconds of a common processor. Only compared. */
export function costOf(password: HashedPassword): number {
  if (password.kind === 'bcrypt') return 2 ** password.rounds / 15;
  if (password.kind === 'scrypt')
    return (2 ** password.logN * password.blockSize * password.parallelism) / 3000;
  return (password.memory * password.passes) / 1000;
}
