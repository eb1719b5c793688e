// A browser for tests of pages: keeps cookies, sends forms with what their hidden fields hold, follows nothing by itself.
import type { Called, OpenApp } from './open-app.ts';

export interface Browser {
  get(url: string): Promise<Called>;
  /** Sends a form. @param fields besides the token of the session, which `forged` leaves out */
  post(
    url: string,
    fields?: Readonly<Record<string, string>>,
    options?: { forged?: boolean },
  ): Promise<Called>;
  readonly cookies: Map<string, string>;
  /** Token of the session, as the newest page had it. */
  readonly csrfToken: string | undefined;
}

export function browse(call: OpenApp['call'], headers: Readonly<Record<string, string>> = {}): Browser {
  const cookies = new Map<string, string>();
  let csrfToken: string | undefined;
  async function send(method: string, url: string, body?: string, more = {}): Promise<Called> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await call(method, url, body, {
      host: 'umbel.example',
      accept: 'text/html',
      ...headers,
      ...(cookie === '' ? {} : { cookie }),
      ...more,
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat() as string[]) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    csrfToken = /name="csrf_token" value="([^"]*)"/.exec(answer.text)?.[1] ?? csrfToken;
    return answer;
  }
  return {
    cookies,
    get csrfToken() {
      return csrfToken;
    },
    get: (url) => send('GET', url),
    post: (url, fields = {}, { forged = false } = {}) =>
      send(
        'POST',
        url,
        new URLSearchParams({
          ...fields,
          ...(forged || csrfToken === undefined || url.endsWith('/login') ? {} : { csrf_token: csrfToken }),
        }).toString(),
        {
          'content-type': 'application/x-www-form-urlencoded',
          origin: 'http://umbel.example',
          'sec-fetch-site': 'same-origin',
        },
      ),
  };
}
