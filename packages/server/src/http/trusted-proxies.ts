// Which hosts may say, by X-Forwarded-*, who the client is and how it came: those in the networks of --trust-proxy, and
// nobody else.
import { BlockList, isIP } from 'node:net';

/** The name for connections over the unix socket, which have no address. */
export const UNIX_SOCKET = 'unix';

/**
 * @param networks addresses, CIDR (`10.0.0.0/8`), or `unix`
 * @throws TypeError naming what is none of these
 */
export function createProxyTrust(networks: readonly string[]): (address: string | undefined) => boolean {
  const trusted = new BlockList();
  for (const network of networks) {
    if (network === UNIX_SOCKET) continue;
    const [address = '', bits, ...more] = network.split('/');
    const version = isIP(address);
    const longest = version === 6 ? 128 : 32;
    const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (version === 0 || more.length > 0 || !(length <= longest))
      throw new TypeError(`${network} is not an address or network.`);
    trusted.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    if (address === undefined) return networks.includes(UNIX_SOCKET);
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}
