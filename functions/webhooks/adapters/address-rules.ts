import { BlockList, isIP, isIPv4 } from "node:net";

/** Not reachable from the public internet, or reaching back into the platform: IANA special-purpose registries. */
const reserved = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carrier-grade NAT; some clouds keep their metadata service here
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // link-local, with the metadata services
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  reserved.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ["::", 96], // unspecified, loopback, IPv4-compatible
  ["::ffff:0:0", 96], // IPv4-mapped
  ["64:ff9b::", 96], // NAT64
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23], // Teredo and other special purposes
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7], // unique local
  ["fe80::", 10], // link-local
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  reserved.addSubnet(net, prefix, "ipv6");

/** Never allowed, whatever a list says: whoever reads a metadata service is the platform. */
const never = new BlockList();
never.addSubnet("169.254.0.0", 16, "ipv4");
never.addSubnet("fe80::", 10, "ipv6");
never.addAddress("fd00:ec2::254", "ipv6");
never.addAddress("100.100.100.200", "ipv4");

const PUBLIC_PORTS = ["443", "8443"];

const familyOf = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6");

export interface AddressRules {
  /** The host to be resolved; undefined for a URL that is not allowed wherever its name leads. */
  hostOf(url: URL): string | undefined;
  /** Whether a URL may lead to this address. */
  permits(url: URL, address: string): boolean;
}

/**
 * Which addresses webhooks may be sent to: https at public addresses, ports 443 and 8443, and what the list adds for local
 * and government networks, over http and at other ports too.
 * @param allowed comma-separated: a host, `host:port`, or a range of addresses (CIDR). Throws a RangeError for anything else.
 */
export const addressRules = (allowed: string): AddressRules => {
  const hosts = new Set<string>();
  const ranges = new BlockList();
  for (const entry of allowed.split(",").map((part) => part.trim().toLowerCase())) {
    if (entry === "") continue;
    const range = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry);
    if (range?.[1] && isIP(range[1])) ranges.addSubnet(range[1], Number(range[2]), familyOf(range[1]));
    else if (/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.test(entry)) hosts.add(entry);
    else throw new RangeError(`neither a host nor a range of addresses: ${entry}`);
  }

  const portOf = (url: URL) => url.port || (url.protocol === "https:" ? "443" : "80");
  const listed = (url: URL) => hosts.has(url.hostname) || hosts.has(`${url.hostname}:${portOf(url)}`);

  return {
    hostOf(url) {
      if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
      if (url.username !== "" || url.password !== "") return undefined;
      return url.hostname.replace(/^\[|\]$/g, "") || undefined;
    },
    permits(url, address) {
      const family = familyOf(address);
      if (never.check(address, family)) return false;
      if (listed(url) || ranges.check(address, family)) return true;
      return url.protocol === "https:" && PUBLIC_PORTS.includes(portOf(url)) && !reserved.check(address, family);
    },
  };
};
