import { isIPv6 } from "node:net";

/** Eight groups of 16 bits, of an address that is well-formed. */
const groupsOf = (address: string): readonly number[] => {
  // The URL parser writes every IPv6 address in one way.
  const plain = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const numbers = (text: string) =>
    text
      .split(":")
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return numbers(head);
  const [first, last] = [numbers(head), numbers(tail)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
};

/**
 * What counts as one source of requests: an IPv4 address, or the network of an IPv6 address, of which a household has 2^64
 * (RFC 6177). Written in whatever way, and IPv4 within IPv6 (RFC 4291, 2.5.5.2) is IPv4.
 */
export const sourceKey = (source: string): string => {
  if (!isIPv6(source)) return source.trim().toLowerCase();
  const groups = groupsOf(source);
  const [a = 0, b = 0] = groups.slice(6);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return [a >> 8, a & 255, b >> 8, b & 255].join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
};
