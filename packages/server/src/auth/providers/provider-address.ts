// Where a provider is: the addresses that Umbel is willing to speak to. Pure.

/**
 * Reads the `url` of a provider's rule: https, or plain http to this very machine (a provider beside Umbel, a test).
 * The address of a discovery document stands for its issuer.
 * @throws TypeError with a sentence
 */
export function readProviderAddress(id: string, text: string): URL {
  const url = URL.parse(text);
  if (url === null)
    throw new TypeError(`provider ${id}: "${text}" is not an address like https://id.example.org`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError(`provider ${id}: its address must have no user, query or fragment`);
  }
  if (!maySpeakTo(url, isPlainHttpHere(url))) {
    throw new TypeError(`provider ${id}: ${url.href} must be https (plain http is for this machine only)`);
  }
  return new URL(url.href.replace(/\/\.well-known\/openid-configuration$/, ''));
}

/** Whether an address is plain http to this very machine. */
export function isPlainHttpHere(url: URL): boolean {
  const { hostname } = url;
  return (
    url.protocol === 'http:' &&
    (hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname))
  );
}

/**
 * Whether Umbel speaks to this address. A provider elsewhere cannot name a service of this machine: plain http counts only
 * when the provider itself is configured so.
 */
export function maySpeakTo(url: URL, plainHttp: boolean): boolean {
  return url.protocol === 'https:' || (plainHttp && isPlainHttpHere(url));
}

/** An address for messages: a query may hold what is secret. */
export function nameOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
