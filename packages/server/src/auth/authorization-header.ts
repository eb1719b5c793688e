// Reads the Authorization header. Pure.

export type Credentials =
  | { readonly scheme: 'bearer'; readonly secret: string }
  | { readonly scheme: 'basic'; readonly name: string; readonly password: string }
  | { readonly scheme: 'unreadable' };

/**
 * Null: there is none. Browsers send names and passwords in UTF-8, as the challenge asks; Python's requests sends Latin-1 where
 * it can, which is taken for it where it is no UTF-8.
 */
export function readAuthorization(header: string | undefined): Credentials | null {
  if (header === undefined || header.trim() === '') return null;
  const [scheme = '', credentials = '', ...rest] = header.trim().split(/ +/);
  if (rest.length > 0 || credentials === '') return { scheme: 'unreadable' };
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { scheme: 'bearer', secret: credentials };
    case 'basic':
      return readBasic(Buffer.from(credentials, 'base64'));
    default:
      return { scheme: 'unreadable' };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readBasic(bytes: Buffer): Credentials {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    text = bytes.toString('latin1');
  }
  const colon = text.indexOf(':');
  if (colon < 1) return { scheme: 'unreadable' };
  return { scheme: 'basic', name: text.slice(0, colon), password: text.slice(colon + 1) };
}
