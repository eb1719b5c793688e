// Asking a provider's own API (GitHub, GitLab) in the name of who signs in: one answer, or a list with all its pages.
import { type Configuration, fetchProtectedResource } from 'openid-client';
import { nameOf } from './provider-address.ts';
import { ProviderError } from './provider-error.ts';

const PAGE_SIZE = 100;
/** Somebody in more groups is not signed in rather than judged by a part of them. */
const MAX_PAGES = 50;

export interface ProviderApi {
  readonly configuration: Configuration;
  readonly accessToken: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param advice what to mend when the API refuses. Rejects with ProviderError. */
export async function readOne(api: ProviderApi, url: URL, advice: string): Promise<unknown> {
  return (await ask(api, url, advice)).body;
}

/** @param advice what to mend when the API refuses. Rejects with ProviderError. */
export async function readList(api: ProviderApi, url: URL, advice: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const address = new URL(url);
    address.searchParams.set('per_page', String(PAGE_SIZE));
    address.searchParams.set('page', String(page));
    const { body, more } = await ask(api, address, advice);
    if (!Array.isArray(body)) throw new ProviderError('unexpected', `${nameOf(url)} did not answer a list`);
    found.push(...(body as unknown[]));
    if (!more) return found;
  }
  throw new ProviderError('unexpected', `${nameOf(url)} has more than ${MAX_PAGES} pages`);
}

async function ask(
  { configuration, accessToken, headers }: ProviderApi,
  url: URL,
  advice: string,
): Promise<{ readonly body: unknown; readonly more: boolean }> {
  const response = await fetchProtectedResource(
    configuration,
    accessToken,
    url,
    'GET',
    null,
    new Headers(headers),
  );
  if (response.status !== 200)
    throw new ProviderError('unexpected', `${nameOf(url)} answered ${response.status}: ${advice}`);
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    throw new ProviderError('unexpected', `${nameOf(url)} did not answer JSON`, error);
  }
  // Only that there is a next page is believed; its address is ours to make.
  return { body, more: /;\s*rel="?next"?/.test(response.headers.get('link') ?? '') };
}
