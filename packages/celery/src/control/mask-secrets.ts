// Takes secrets out of what workers tell about themselves (stats, conf, report …) before anybody sees them. Celery
// masks some itself; older workers send complete failover URLs (`stats.broker.alternates`), and none touches
// `transport_options` or settings of the user's own. Pure; passwords inside URLs are mask-url.ts's work.
import { maskUrls } from '../broker/mask-url.ts';

const MASK = '***';

/**
 * Keys whose value is a secret: as a word of its own between `_`, `-`, `.` or a change of case, so that
 * `visibility_timeout` and `worker_pass_through_list` … are judged by their words and not by chance letters.
 */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  'password',
  'passwd',
  'passphrase',
  'pass',
  'pwd',
  'secret',
  'secrets',
  'token',
  'credential',
  'credentials',
  'apikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'authorization',
  'signature',
  'dsn',
]);
/** `key` alone is a routing key, a cache key …; these before it make it a secret. */
const KEY_OWNERS: ReadonlySet<string> = new Set([
  'api',
  'access',
  'account',
  'secret',
  'private',
  'shared',
  'encryption',
  'signing',
  'auth',
]);

/** Settings whose keys are names of tasks: `{"shop.reset_password": {"queue": "mail"}}` says where it goes, and is no secret. */
const KEYED_BY_TASKS: ReadonlySet<string> = new Set(['task_routes', 'CELERY_ROUTES', 'CELERY_TASK_ROUTES']);

/** `name=value` and `name: value` in running text: connection strings, DSNs, query parameters. */
const ASSIGNMENT =
  /\b(\w{0,40}(?:password|passwd|passphrase|pwd|secret|token|credential|api_?key|access_?key|account_?key|private_?key|signature))(["']?\s{0,3}[=:]\s{0,3})("[^"]*"|'[^']*'|[^\s;&,"']+)/gi;

/**
 * A copy of `value` in which passwords and other secrets are `***`: in URLs anywhere in a text, in connection strings,
 * and under keys that name a secret (whatever lies below such a key, except null, booleans and empty values, which
 * say only that there is none). Numbers keep their exactness; a count under a task's name is no secret.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value);
}

/** The same for one text. */
export function maskSecretsInText(text: string): string {
  return maskUrls(text).replace(ASSIGNMENT, (whole, name: string, sign: string, secret: string) =>
    secret === 'None' || secret === 'null' || secret.startsWith('//') ? whole : `${name}${sign}${MASK}`,
  );
}

/** @param keys what the keys of this object, or of those in this list, are */
function mask(
  value: unknown,
  { secret = false, keys = 'names' }: { secret?: boolean; keys?: 'names' | 'tasks' } = {},
): unknown {
  if (typeof value === 'string') return secret && value !== '' ? MASK : maskSecretsInText(value);
  if (typeof value === 'number' || JSON.isRawJSON(value)) return secret ? MASK : value;
  if (Array.isArray(value)) return value.map((item) => mask(item, { secret, keys }));
  if (value === null || typeof value !== 'object') return value;
  // fromEntries defines own keys, so that a key `__proto__` stays an ordinary one.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      maskSecretsInText(key),
      mask(item, {
        secret: secret || (keys === 'names' && isSecretKey(key) && !isCountOfTasks(key, item)),
        keys: KEYED_BY_TASKS.has(key) ? 'tasks' : 'names',
      }),
    ]),
  );
}

function isSecretKey(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some(
    (word, i) => SECRET_WORDS.has(word) || (word === 'key' && KEY_OWNERS.has(words[i - 1] ?? '')),
  );
}

/** `stats.total` maps task names, which have dots, to counts: `{"shop.reset_password": 12}`. */
function isCountOfTasks(key: string, value: unknown): boolean {
  return key.includes('.') && typeof value === 'number';
}
