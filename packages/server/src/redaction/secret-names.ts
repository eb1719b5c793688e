// Which names are those of secrets: rules, as the words of a name, ▶ a question that is asked about every key. Pure.
import { matchesPattern } from '../store/name-pattern.ts';

/** Names whose answer is remembered: the keys of tasks repeat. */
const REMEMBERED_NAMES = 2_000;
const REMEMBERED_CHARS = 100;

/**
 * A rule is one word or several, written in any way (`api_key`, `apiKey`, `API-Key` and `apikey` are the same one). It matches a
 * name in which its words stand, whole and side by side, also in the plural: `token` matches `accessToken`, `X-Token`, `token2` and
 * `TOKENS`, not `tokenizer`. A rule with `*` is a pattern for the whole name in snake_case: `card*` matches `card_number` and
 * `cardNumber`. Case never counts.
 */
export function createSecretNames(rules: readonly string[]): (name: string) => boolean {
  const given = rules.map((rule) => rule.trim()).filter((rule) => rule !== '');
  const patterns = given.filter((rule) => rule.includes('*')).map(asPattern);
  const names = new Set(given.filter((rule) => !rule.includes('*')).map((rule) => wordsOf(rule).join('')));
  names.delete('');
  const longest = Math.max(0, ...[...names].map((name) => name.length)) + 's'.length;
  const remembered = new Map<string, boolean>();

  function holdsName(words: readonly string[]): boolean {
    for (const first of words.keys()) {
      let run = '';
      for (let at = first; at < words.length && run.length < longest; at++) {
        run += words[at];
        if (names.has(run) || (run.endsWith('s') && names.has(run.slice(0, -1)))) return true;
      }
    }
    return false;
  }

  function judge(name: string): boolean {
    const words = wordsOf(name);
    const whole = words.join('_');
    return holdsName(words) || patterns.some((pattern) => matchesPattern(pattern, whole));
  }

  return (name) => {
    if (name.length > REMEMBERED_CHARS) return judge(name);
    let answer = remembered.get(name);
    if (answer === undefined) {
      answer = judge(name);
      if (remembered.size < REMEMBERED_NAMES) remembered.set(name, answer);
    }
    return answer;
  };
}

/** Words end where case, script or kind changes: `APIKey2-id` ▶ api, key, 2, id. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([\p{Ll}\p{N}])(?=\p{Lu})/gu, '$1_')
    .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1_')
    .replace(/(\p{L})(?=\p{N})/gu, '$1_')
    .replace(/(\p{N})(?=\p{L})/gu, '$1_')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** The rule with its words in snake_case, its stars where they were. */
function asPattern(rule: string): string {
  return rule
    .split('*')
    .map((part) => {
      const words = wordsOf(part).join('_');
      const [before, after] = [/^[^\p{L}\p{N}]/u.test(part), /[^\p{L}\p{N}]$/u.test(part)];
      return words === '' ? (before ? '_' : '') : `${before ? '_' : ''}${words}${after ? '_' : ''}`;
    })
    .join('*');
}
