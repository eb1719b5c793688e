// Cookies that this server sets: how they are called and which attributes they have. Over https they are `Secure`, and without
// a URL prefix their name begins with `__Host-`, which no other host or plain-http page can set.
import { parseCookie, stringifySetCookie } from 'cookie';

const SESSION_COOKIE = 'umbel_session';

export interface OwnCookie {
  readonly name: string;
  /** As the browser sent it. Undefined when it did not, or sent it twice: then one of them is somebody else's. */
  readonly value: string | undefined;
  /** Value of Set-Cookie. @param expiresAt epoch milliseconds; missing: until the browser closes */
  set(value: string, expiresAt?: number): string;
  /** Value of Set-Cookie that takes it away. */
  clear(): string;
}

export interface CookieFacts {
  /** The Cookie header of the request. */
  readonly header: string | undefined;
  /** The browser speaks https, with this server or with a trusted proxy. */
  readonly https: boolean;
  readonly urlPrefix: string;
}

/** @param plainName letters, digits, `_` and `-` */
export function ownCookie(plainName: string, { header, https, urlPrefix }: CookieFacts): OwnCookie {
  const name = https && urlPrefix === '' ? `__Host-${plainName}` : plainName;
  const attributes = {
    path: urlPrefix === '' ? '/' : urlPrefix,
    httpOnly: true,
    sameSite: 'lax',
    secure: https,
  } as const;
  return {
    name,
    value: readOnce(header, name),
    set: (value, expiresAt) =>
      stringifySetCookie({
        name,
        value,
        ...attributes,
        ...(expiresAt === undefined ? {} : { expires: new Date(expiresAt) }),
      }),
    clear: () => stringifySetCookie({ name, value: '', ...attributes, expires: new Date(0) }),
  };
}

export function sessionCookie(facts: CookieFacts): OwnCookie {
  return ownCookie(SESSION_COOKIE, facts);
}

function readOnce(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  const times = header.split(';').filter((pair) => pair.split('=', 1)[0]?.trim() === name).length;
  return times === 1 ? parseCookie(header)[name] : undefined;
}
