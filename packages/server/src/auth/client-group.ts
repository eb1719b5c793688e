// Which clients are counted as one. Pure.
import { isIPv4, isIPv6 } from 'node:net';

/**
 * The address; of IPv6 the first 64 bits, because everybody who has one address has all of these. Connections over the unix
 * socket, and whatever is no address, are one group each.
 */
export function clientGroup(address: string | null): string {
  if (address === null) return 'unix';
  const plain = address.replace(/%.*$/, '').toLowerCase();
  const mapped = plain.replace(/^::ffff:(?=\d+\.)/, '');
  if (isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return 'unknown';
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const written = first.length + last.length + (plain.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - written }, () => '0');
  const network = [...first, ...zeros, ...last]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
