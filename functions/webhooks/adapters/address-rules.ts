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

const PUBLIC_PORTS: readonly string[] = ["443", "8443"];

/** `*` opens every port: for a machine of one's own, where receivers stand at whatever port is free. */
const PORTS = /\*|\d{1,5}(?:,\d{1,5})*/.source;
const RANGE = new RegExp(`^([0-9a-f.:]+)/(\\d{1,3})(?::(${PORTS}))?$`);
const HOST = new RegExp(`^(\\[[0-9a-f:.]+\\]|[a-z0-9.-]+)(?::(${PORTS}))?$`);

const portOf = (url: URL): string => url.port || (url.protocol === "https:" ? "443" : "80");

/** Which protocols and ports an entry opens. Only ports that it names are opened for http. */
const opening = (ports: string | undefined): ((url: URL) => boolean) => {
  if (ports === "*") return () => true;
  if (ports === undefined) return (url) => url.protocol === "https:" && PUBLIC_PORTS.includes(portOf(url));
  const named = ports.split(",").map(Number);
  if (named.some((port) => port < 1 || port > 65_535)) throw new RangeError(`no ports: ${ports}`);
  return (url) => named.includes(Number(portOf(url)));
};

export interface AddressRules {
  /** The host to be resolved; undefined for a URL that is not allowed wherever its name leads. */
  hostOf(url: URL): string | undefined;
  /** Whether a URL may lead to this address. */
  permits(url: URL, address: string): boolean;
}

const ruleOf = (entry: string): ((url: URL, address: string) => boolean) => {
  const [, net, prefix, portsOfRange] = RANGE.exec(entry) ?? [];
  if (net && isIP(net)) {
    const range = addressSet([net, Number(prefix)]);
    const opens = opening(portsOfRange);
    return (url, address) => range.has(address) && opens(url);
  }
  const [, host, ports] = HOST.exec(entry) ?? [];
  if (!host) throw new RangeError(`neither a host nor a range of addresses: ${entry}`);
  const opens = opening(ports);
  return (url) => url.hostname === host && opens(url);
};

/**
 * Which addresses webhooks may be sent to: https at public addresses, ports 443 and 8443, and what the list adds for local
 * and government networks.
 * @param allowed entries between semicolons: a host or a range of addresses (CIDR), for https at 443 and 8443; followed by
 * `:port[,port]` for http and https at these ports alone, by `:*` for all ports. Throws a RangeError for anything else.
 */
export const addressRules = (allowed: string): AddressRules => {
  const rules = allowed
    .split(";")
    .map((part) => part.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .map(ruleOf);

  return {
    hostOf(url) {
      if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
      if (url.username !== "" || url.password !== "") return undefined;
      return url.hostname.replace(/^\[|\]$/g, "") || undefined;
    },
    permits(url, address) {
      if (never.has(address)) return false;
      if (rules.some((opens) => opens(url, address))) return true;
      return url.protocol === "https:" && PUBLIC_PORTS.includes(portOf(url)) && !reserved.has(address);
    },
  };
};
