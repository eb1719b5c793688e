// Which names are secret when nobody says otherwise, and how `--redact` changes that. Pure.

/** Rules for createSecretNames. */
const DEFAULT_SECRET_NAMES: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'pass',
  'pwd',
  'pw',
  'dbpassword',
  'secret',
  'token',
  'authtoken',
  'csrftoken',
  'auth',
  'dsn',
  'api_key',
  'access_key',
  'private_key',
  'secret_key',
  'encryption_key',
  'credential',
  'authorization',
  'cookie',
  'session_id',
  'csrf',
  'jwt',
  'cvv',
  'card_number',
];

/** The default names and the given ones; `!name` takes a default one away (`!token`, where tasks count tokens). */
export function secretNameRules(given: readonly string[]): readonly string[] {
  const removed = new Set(given.filter((name) => name.startsWith('!')).map((name) => name.slice(1).trim()));
  return [
    ...DEFAULT_SECRET_NAMES.filter((name) => !removed.has(name)),
    ...given.filter((name) => !name.startsWith('!')),
  ];
}
