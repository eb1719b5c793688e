// Where a provider is: the addresses that Umbel is willing to speak to. Pure.
import { AuthRulesError } from '../auth-rules-error.ts';

/**
 * Reads the `url` of a provider's rule: https, or plain http to this very machine (a provider beside Umbel, a test).
 * The address of a discovery document stands for its issuer.
 * @throws AuthRulesError
 */
export function readProviderAddress(id: string, text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw refusal(id, `is at "${text}", which is not an address like https://id.example.org`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refusal(id, 'has an address with a user, query or fragment; it must have none');
  }
  if (!maySpeakTo(url, isPlainHttpHere(url))) {
    throw refusal(id, `is at ${url.href}, which must be https (plain http is for this machine only)`);
  }
  return new URL(url.href.replace(/\/\.well-known\/openid-configuration$/, ''));
}

function refusal(id: string, sentence: string): AuthRulesError {
  return new AuthRulesError('providers', `${id} ${sentence}`);
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
