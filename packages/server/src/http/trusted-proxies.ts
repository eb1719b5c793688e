// Which hosts may say, by X-Forwarded-*, who the client is and how it came: those in the networks of --trust-proxy, and
// nobody else.
import { createNetworkTest, UNIX_SOCKET } from '../auth/networks.ts';

/**
 * @param networks addresses, CIDR (`10.0.0.0/8`), or `unix` for the unix socket
 * @throws TypeError naming what is none of these
 */
export function createProxyTrust(networks: readonly string[]): (address: string | undefined) => boolean {
  const isTrusted = createNetworkTest(networks.filter((network) => network !== UNIX_SOCKET));
  const isSocketTrusted = networks.includes(UNIX_SOCKET);
  return (address) => (address === undefined ? isSocketTrusted : isTrusted(address));
}
