// Sign-in by a proxy in front, which says in a header who it is: believed only from the networks it is known to come from, by
// the address of the socket and nothing that can be forwarded. From anywhere else the header means nothing.
import type { Identity } from '../store/ledger.ts';
import type { ProxyRule } from './auth-rules.ts';
import type { Evidence } from './authenticator.ts';
import { createNetworkTest, UNIX_SOCKET } from './networks.ts';

const LONGEST = 256;
const MOST_GROUPS = 200;

/** Null: no proxy that is believed has named anybody. */
export type ProxyFinding = Identity | { readonly problem: string } | null;

export type ProxySignIn = (evidence: Evidence) => ProxyFinding;

/** @throws TypeError when a network is not one */
export function createProxySignIn(rule: ProxyRule): ProxySignIn {
  const isProxy = createNetworkTest(rule.from.filter((network) => network !== UNIX_SOCKET));
  const isBySocket = rule.from.includes(UNIX_SOCKET);
  return (evidence) => {
    if (evidence.peer === null ? !isBySocket : !isProxy(evidence.peer)) return null;
    const name = evidence.header(rule.header);
    if (name === undefined || name === '') return null;
    const groups = rule.groupsHeader === null ? undefined : evidence.header(rule.groupsHeader);
    if (typeof name !== 'string') return { problem: `${rule.header} came more than once` };
    if (typeof groups === 'object') return { problem: `${rule.groupsHeader} came more than once` };
    const person = readable(name);
    if (person === null) return { problem: `${rule.header} holds no name` };
    return {
      subject: `proxy:${person}`,
      name: person,
      email: null,
      via: 'proxy',
      groups: readGroups(groups ?? ''),
    };
  };
}

function readGroups(text: string): string[] {
  return text
    .split(',')
    .slice(0, MOST_GROUPS)
    .map(readable)
    .filter((group) => group !== null);
}

/**
 * Node reads headers as Latin-1; proxies write UTF-8. Only the spaces of HTTP are none of the name: a provider may let somebody
 * call themselves by another's name and a blank of Unicode.
 */
function readable(header: string): string | null {
  const bytes = Buffer.from(header, 'latin1');
  const utf8 = bytes.toString('utf8');
  const text = (utf8.includes('�') ? header : utf8).replace(/^[ \t]+|[ \t]+$/g, '');
  return text === '' || text.length > LONGEST || /\p{C}/u.test(text) ? null : text;
}
