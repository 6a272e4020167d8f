import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * Ranges of addresses. IPv4 and IPv6 are kept apart: in one net.BlockList, a rule for IPv4-mapped addresses holds every
 * IPv4 address too.
 */
const addressSet = (...ranges: readonly (readonly [net: string, prefix: number])[]) => {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  const familyOf = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6");
  const set = {
    add: (net: string, prefix: number) => lists[familyOf(net)].addSubnet(net, prefix, familyOf(net)),
    has: (address: string) => lists[familyOf(address)].check(address, familyOf(address)),
  };
  for (const [net, prefix] of ranges) set.add(net, prefix);
  return set;
};

/** Not reachable from the public internet, or reaching back into the platform: IANA special-purpose registries. */
const reserved = addressSet(
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
  ["168.63.129.16", 32], // public by its number, but a cloud's own agent answers there
  // All that is not global unicast, 2000::/3: unspecified, loopback, IPv4-compatible, -mapped and -translated, NAT64,
  // unique local, link-local, site-local, multicast.
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23], // Teredo and other special purposes
  ["2001:db8::", 32],
  ["2002::", 16], // 6to4
  ["3fff::", 20],
);

/** Never allowed, whatever a list says: what answers there takes the caller for the platform (metadata services). */
const never = addressSet(
  ["169.254.0.0", 16],
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["192.0.0.192", 32],
  ["fe80::", 10],
  ["fd00:ec2::254", 128],
  ["fd20:ce::254", 128],
  ["64:ff9b::", 96], // it may lead to any of the above
  ["2002::", 16],
  ["::ffff:0:0", 96],
);

const PUBLIC_PORTS = ["443", "8443"];

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
  const ranges = addressSet();
  for (const entry of allowed.split(",").map((part) => part.trim().toLowerCase())) {
    if (entry === "") continue;
    const range = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry);
    if (range?.[1] && isIP(range[1])) ranges.add(range[1], Number(range[2]));
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
      if (never.has(address)) return false;
      if (listed(url) || ranges.has(address)) return true;
      return url.protocol === "https:" && PUBLIC_PORTS.includes(portOf(url)) && !reserved.has(address);
    },
  };
};
