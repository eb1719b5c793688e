// Lists of networks, for tokens that work only from some of them and for proxies that are believed. Pure.
import { BlockList, isIP } from 'node:net';

/** Stands in a list for connections over the unix socket, which have no address. */
export const UNIX_SOCKET = 'unix';

/** Whether an address is in one of the networks; null is in none. IPv4 written as IPv6 is IPv4. */
export type NetworkTest = (address: string | null) => boolean;

/**
 * @param networks addresses and CIDR: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`
 * @throws TypeError naming the first that is none of these
 */
export function createNetworkTest(networks: readonly string[]): NetworkTest {
  const list = new BlockList();
  for (const network of networks) {
    const { address, version, bits } = requireNetwork(network);
    list.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const version = address === null ? 0 : isIP(address);
    return version !== 0 && list.check(address as string, version === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Whether it is an address or a network. */
export function isNetwork(text: string): boolean {
  return readNetwork(text) !== null;
}

/** Whether it holds every address there is, of one of the two kinds. @throws TypeError when it is none */
export function isEverywhere(network: string): boolean {
  return requireNetwork(network).bits === 0;
}

function requireNetwork(network: string): Network {
  const read = readNetwork(network);
  if (read === null)
    throw new TypeError(`${JSON.stringify(network)} is neither an address nor a network such as 10.0.0.0/8`);
  return read;
}

interface Network {
  readonly address: string;
  readonly version: number;
  readonly bits: number;
}

function readNetwork(network: string): Network | null {
  const [address = '', length, ...rest] = network.split('/');
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const bits = length === undefined ? longest : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return version === 0 || rest.length > 0 || !(bits <= longest) ? null : { address, version, bits };
}
