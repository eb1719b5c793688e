// The kinds of value that have to do with networks and files: networks, origins, web addresses, headers, paths, modes.
import { homedir } from 'node:os';
import { isNetwork, UNIX_SOCKET } from '../auth/networks.ts';
import { type OptionKind, OptionValueError, text, textList } from './option-kinds.ts';

/** Addresses and CIDR networks; `unix` stands for the unix socket. */
export const networks: OptionKind<readonly string[]> = textList('CIDR[,…]', (item) =>
  item === UNIX_SOCKET || isNetwork(item)
    ? null
    : 'needs addresses or networks, such as 10.0.0.5 or 10.0.0.0/8, or unix for the unix socket',
);

/** Origins as browsers write them: scheme, host and, unless it is the usual one, port. */
export const origins: OptionKind<readonly string[]> = textList('ORIGIN[,…]', (item) =>
  isOrigin(item) ? null : 'needs origins, such as https://page.example.org; there is no wildcard',
);

const framerList = textList('ORIGIN|self[,…]', (item) =>
  item === 'self' || item === "'self'" || isOrigin(item)
    ? null
    : 'needs origins, such as https://portal.example.org, or self',
);

/** Who may show our pages in a frame, as Content-Security-Policy writes it: origins and `'self'`, for which no quotes are needed. */
export const framers: OptionKind<readonly string[]> = {
  ...framerList,
  parse: (value) => framerList.parse(value).map((item) => (item === 'self' ? "'self'" : item)),
};

function isOrigin(item: string): boolean {
  const url = URL.parse(item);
  // A host with a * is one that URL accepts.
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === item && !item.includes('*');
}

/** An http or https address, without a slash at its end. */
export const webAddress: OptionKind<string> = {
  placeholder: 'URL',
  parse(value) {
    const url = URL.parse(String(value).trim());
    if (
      url === null ||
      !/^https?:$/.test(url.protocol) ||
      [url.username, url.password, url.search, url.hash].some((part) => part !== '')
    ) {
      throw new OptionValueError(
        'needs an address such as https://umbel.example.org, without user, query and fragment',
      );
    }
    return url.href.replace(/\/+$/, '');
  },
};

/** The name of a header, in lower case. */
export const headerName: OptionKind<string> = {
  placeholder: 'HEADER',
  parse(value) {
    const name = String(value).trim().toLowerCase();
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name))
      throw new OptionValueError('needs the name of a header, such as X-Forwarded-User');
    return name;
  },
};

/** A path; `~/` at its beginning is the home folder, which no shell replaces behind a `=`. */
export const filePath: OptionKind<string> = {
  placeholder: 'FILE',
  parse: (value) =>
    text('FILE')
      .parse(value)
      .replace(/^~(?=\/)/, () => homedir()),
};

/** Permissions of a file in octal digits, as chmod reads them. The owner can always read and write. */
export const fileMode: OptionKind<number> = {
  placeholder: 'MODE',
  parse(value) {
    // A number is what YAML makes of 660; 0660 and 0o660 are other numbers, and not what was meant.
    const digits = /^0?([67][0-7]{2})$/.exec(String(value).trim())?.[1];
    if (digits === undefined)
      throw new OptionValueError('needs permissions in octal digits, such as 660 or 666');
    return Number.parseInt(digits, 8);
  },
  format: (mode) => mode.toString(8),
};
