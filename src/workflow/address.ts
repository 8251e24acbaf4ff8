import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Addresses that no stranger's workflow may reach: this host, private and link-local networks (where clouds keep their
 * metadata service), and what embeds or stands for them.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
const IPV6 = [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const;

let list: BlockList | undefined;

/** Made when an address is first looked at, for no start waits for one. */
function refused(): BlockList {
  if (list !== undefined) return list;
  list = new BlockList();
  for (const [network, prefix] of IPV4) list.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of IPV6) list.addSubnet(network, prefix, 'ipv6');
  return list;
}

/** Whether the literal address is refused. IPv4 addresses written as IPv6 ones (`::ffff:10.0.0.1`) are seen through. */
export function isPrivateAddress(address: string): boolean {
  return refused().check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The literal address in a URL's host, if it is one. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}
