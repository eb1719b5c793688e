// Where people reach the server, as far as the options say it. Pure.
import { ConfigError } from './config-error.ts';
import type { OptionValues } from './options.ts';

/**
 * The public address with the URL prefix in it; null when it is taken from each request.
 * @throws ConfigError when its path is another one than the prefix: pages, cookies and redirects know of the prefix alone
 */
export function publicAddress(config: Pick<OptionValues, 'public-url' | 'url-prefix'>): string | null {
  const { 'public-url': url, 'url-prefix': prefix } = config;
  if (url === null) return null;
  const { origin, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, '');
  if (path !== '' && path !== prefix)
    throw new ConfigError(
      `--public-url has the path ${path}, but --url-prefix is ${prefix === '' ? 'not set' : prefix}: add --url-prefix ${path}, and let the proxy pass the path on as it is.`,
    );
  return `${origin}${prefix}`;
}
