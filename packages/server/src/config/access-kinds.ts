// The kinds of value that options about access have: people and their passwords, patterns for addresses, grants, providers.
import type { GrantRule, ProviderRule } from '../auth/auth-rules.ts';
import { listItems, type OptionKind, OptionValueError } from './option-kinds.ts';

/** A hash whose parameters have not ended yet: what follows the comma belongs to it (`ada:$argon2id$v=19$m=65536`). */
const OPEN_HASH = /^[^:]+:\$(?:argon2[a-z]*|scrypt)\$(?:v=\d+\$)?[a-z]+=\d+(?:,[a-z]+=\d+)*$/;

/** `user:password`, several separated by commas; a password may be a hash whose own parameters are separated by commas. */
export const users: OptionKind<readonly string[]> = {
  placeholder: 'USER:PASSWORD[,…]',
  repeatable: true,
  parse(value) {
    const items = listItems(value);
    return (Array.isArray(value) ? items : joinHashes(items)).map((item) => {
      if (!/^[^:]+:.+$/s.test(item))
        throw new OptionValueError('needs user:password, several separated by commas');
      return item;
    });
  },
};

function joinHashes(pieces: readonly string[]): string[] {
  const items: string[] = [];
  for (const piece of pieces) {
    const last = items.at(-1);
    if (last !== undefined && OPEN_HASH.test(last)) items[items.length - 1] = `${last},${piece}`;
    else items.push(piece);
  }
  return items;
}

/**
 * Who may sign in, as patterns that are held against whole addresses (store/name-pattern.ts). Read are addresses, `@domain`
 * and patterns, and Flower's language: `a@x.org|b@y.org`, and `.*` for any characters, in which what Flower refuses is refused
 * too. Whether a pattern reaches too far is judged with the rules (auth/check-auth-rules.ts).
 */
export const people: OptionKind<readonly string[]> = {
  placeholder: 'ADDRESS|@DOMAIN|PATTERN[,…]',
  repeatable: true,
  parse(value) {
    const text = listItems(value).join(',');
    if (text.includes('|') && text.includes('*')) {
      throw new OptionValueError(
        'cannot mix | and *: separate addresses and patterns by commas, such as ada@example.org,*@example.com',
      );
    }
    return text
      .split(/[,|]/)
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map(readPerson);
  },
};

function readPerson(given: string): string {
  if (/[\s?]/.test(given))
    throw new OptionValueError('needs addresses, such as ada@example.org, @example.org or *@example.org');
  // To Flower a backslash is a letter that no address has: `.*@example\.org` would let in nobody, and not say so.
  if (/[\\()[\]]|^\^|\$$/.test(given))
    throw new OptionValueError(
      'takes no regular expressions: a dot stands for itself and the whole address has to match, as in .*@example.org',
    );
  if (given.startsWith('@')) return `*${given}`;
  if (!given.includes('.*')) return given;
  if (given.split('*').length > 2 || given.indexOf('*') > given.lastIndexOf('@'))
    throw new OptionValueError('takes one .* in an address, in front of its @');
  return given.replace('.*', '*');
}

/** `WHO=ROLE`, several separated by commas. The last `=` counts: the one before it may belong to a group's name. */
export const grants: OptionKind<readonly GrantRule[]> = {
  placeholder: 'WHO=ROLE[,…]',
  repeatable: true,
  parse(value) {
    return listItems(value).map((item) => {
      const [, who, role] = /^(.+?)\s*=\s*([^=\s]+)$/.exec(item) ?? [];
      if (who === undefined || role === undefined)
        throw new OptionValueError('needs WHO=ROLE, such as ada@example.org=admin or group:ops=operator');
      return { who, role };
    });
  },
};

export type ProviderKind = ProviderRule['kind'];
export const PROVIDER_KINDS: readonly ProviderKind[] = ['google', 'github', 'gitlab', 'okta', 'oidc'];

const FLOWER_CLASSES = new Map<string, ProviderKind>([
  ['flower.views.auth.googleauth2loginhandler', 'google'],
  ['flower.views.auth.githubloginhandler', 'github'],
  ['flower.views.auth.gitlabloginhandler', 'gitlab'],
  ['flower.views.auth.oktaloginhandler', 'okta'],
]);

/** A kind of provider, also by the path of Flower's class for it. */
export const providerKind: OptionKind<ProviderKind> = {
  placeholder: PROVIDER_KINDS.join('|'),
  parse(value) {
    const word = String(value).trim().toLowerCase();
    const found = PROVIDER_KINDS.find((kind) => kind === word) ?? FLOWER_CLASSES.get(word);
    if (found === undefined) {
      throw new OptionValueError(
        `needs one of ${PROVIDER_KINDS.join(', ')}, or the path of one of Flower's own classes (flower.views.auth.GoogleAuth2LoginHandler, GithubLoginHandler, GitLabLoginHandler, OktaLoginHandler); classes of one's own in Python are not supported`,
      );
    }
    return found;
  },
};
