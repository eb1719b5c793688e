// Walks through a provider's sign-in without a browser: follows its redirects, keeps its cookies, fills in its one form. Stops
// at the first redirect that leads away from the provider: that is the answer to whoever asked for the sign-in.

const MAX_STEPS = 12;

/**
 * @param origin of the provider
 * @param login is typed into the form's field `login`
 * @throws when the provider shows something else than its form, or sends in circles
 */
export async function walkSignIn(start: string | URL, origin: string, login: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  let form: URLSearchParams | null = null;
  for (let step = 0; step < MAX_STEPS; step++) {
    const response: Response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      body: form,
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const text = await response.text();
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      form = null;
      if (url.origin !== origin) return url;
    } else if (response.ok && form === null && text.includes('name="login"')) {
      form = new URLSearchParams({ login });
    } else {
      throw new Error(`the provider answered ${response.status} at ${url.pathname}: ${text.slice(0, 500)}`);
    }
  }
  throw new Error(`the provider sends in circles, last to ${url.pathname}`);
}
