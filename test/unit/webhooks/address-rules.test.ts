import { describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";

const names: Record<string, string[]> = {
  "department.example": ["93.184.216.34"],
  "both.example": ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"],
  "inside.example": ["10.1.2.3"],
  "one-inside.example": ["93.184.216.34", "127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "metadata.google.internal": ["169.254.169.254"],
  "inside-first.example": ["10.1.2.3", "93.184.216.34"],
  "six-inside.example": ["::1"],
  "nat64.example": ["64:ff9b::a01:203"],
  "mapped.example": ["::ffff:10.1.2.3"],
  localhost: ["127.0.0.1", "::1"],
  "a.localhost": ["127.0.0.1"],
};
const resolve = async (host: string) => {
  const addresses = names[host.replace(/\.$/, "")];
  if (!addresses) throw new Error("ENOTFOUND");
  return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
};
const allows = (url: string, allowed = "") =>
  guardedPost({ rules: addressRules(allowed), timeout: 1000, resolve }).allows(url);

/** Where a URL of a department must never lead. */
const vectors: readonly (readonly [what: string, url: string])[] = [
  ["http", "http://department.example/"],
  ["another port", "https://department.example:8080/"],
  ["SSH's port", "https://department.example:22/"],
  ["port 0", "https://department.example:0/"],
  ["another protocol", "ftp://department.example/"],
  ["a file", "file:///etc/passwd"],
  ["data", "data:text/plain,x"],
  ["credentials", "https://user:secret@department.example/"],
  ["a user that looks like a host", "https://department.example@127.0.0.1/"],
  ["an empty password", "https://user@department.example/"],
  ["a backslash", "https://127.0.0.1\\@department.example/"],
  ["no URL", "department.example"],
  ["no host", "https:///"],
  ["an unknown name", "https://nowhere.example/"],
  ["a name without dots", "https://localhost/"],
  ["a name below localhost", "https://a.localhost/"],
  ["a name that leads inside", "https://inside.example/"],
  ["the same with a trailing dot", "https://inside.example./"],
  ["the same in capitals", "https://INSIDE.example/"],
  ["a name that leads inside among others", "https://one-inside.example/"],
  ["the other way round", "https://inside-first.example/"],
  ["a name that leads to loopback in IPv6", "https://six-inside.example/"],
  ["a name that leads inside by NAT64", "https://nat64.example/"],
  ["a name that leads inside by a mapped address", "https://mapped.example/"],
  ["a name that leads to the metadata service", "https://metadata.example/"],
  ["Google's metadata name", "https://metadata.google.internal/"],
  ["the same with a trailing dot", "https://metadata.google.internal./"],
  ["loopback", "https://127.0.0.1/"],
  ["loopback with a trailing dot", "https://127.0.0.1./"],
  ["loopback, decimal", "https://2130706433/"],
  ["loopback, hexadecimal", "https://0x7f000001/"],
  ["loopback, hexadecimal by parts", "https://0x7f.0x0.0x0.0x1/"],
  ["loopback, octal", "https://0177.0.0.1/"],
  ["loopback, octal in one", "https://017700000001/"],
  ["loopback, mixed", "https://0x7f.1/"],
  ["loopback, short", "https://127.1/"],
  ["loopback, full width", "https://１２７.０.０.１/"],
  ["loopback, circled", "https://①②⑦.⓪.⓪.①/"],
  ["loopback, ideographic stops", "https://127。0。0。1/"],
  ["loopback, percent-encoded", "https://%31%32%37.0.0.1/"],
  ["loopback, elsewhere in its range", "https://127.255.255.254/"],
  ["loopback, IPv6", "https://[::1]/"],
  ["loopback, IPv6 written out", "https://[0:0:0:0:0:0:0:1]/"],
  ["unspecified", "https://0.0.0.0/"],
  ["unspecified, as zero", "https://0/"],
  ["unspecified, IPv6", "https://[::]/"],
  ["private 10/8", "https://10.0.0.1/"],
  ["private 172.16/12", "https://172.31.255.255/"],
  ["private 192.168/16", "https://192.168.1.1/"],
  ["link-local with metadata", "https://169.254.169.254/latest/meta-data/"],
  ["the same, decimal", "https://2852039166/"],
  ["container metadata", "https://169.254.170.2/"],
  ["CGNAT", "https://100.64.0.1/"],
  ["CGNAT, metadata of another cloud", "https://100.100.100.200/"],
  ["a cloud's own agent at a public number", "https://168.63.129.16/"],
  ["metadata of a third cloud", "https://192.0.0.192/"],
  ["benchmarking", "https://198.18.0.1/"],
  ["multicast", "https://224.0.0.1/"],
  ["broadcast", "https://255.255.255.255/"],
  ["documentation", "https://203.0.113.5/"],
  ["IPv4-mapped", "https://[::ffff:10.0.0.1]/"],
  ["IPv4-mapped loopback", "https://[::ffff:127.0.0.1]/"],
  ["IPv4-mapped metadata", "https://[::ffff:a9fe:a9fe]/"],
  ["IPv4-mapped public", "https://[::ffff:8.8.8.8]/"],
  ["IPv4-translated", "https://[::ffff:0:7f00:1]/"],
  ["IPv4-compatible", "https://[::7f00:1]/"],
  ["NAT64", "https://[64:ff9b::a9fe:a9fe]/"],
  ["NAT64, local use", "https://[64:ff9b:1::1]/"],
  ["6to4", "https://[2002:7f00:1::]/"],
  ["6to4 metadata", "https://[2002:a9fe:a9fe::1]/"],
  ["Teredo", "https://[2001::1]/"],
  ["Teredo, a client", "https://[2001:0:53aa:64c:0:fbff:f5ff:fffe]/"],
  ["documentation, IPv6", "https://[2001:db8::1]/"],
  ["documentation, IPv6, the new one", "https://[3fff::1]/"],
  ["segment routing", "https://[5f00::1]/"],
  ["discard", "https://[100::1]/"],
  ["unique local", "https://[fd00:ec2::254]/"],
  ["unique local, metadata of another cloud", "https://[fd20:ce::254]/"],
  ["link-local, IPv6", "https://[fe80::1]/"],
  ["link-local with a zone", "https://[fe80::1%25eth0]/"],
  ["site-local", "https://[fec0::1]/"],
  ["multicast, IPv6", "https://[ff02::1]/"],
];

describe("without an allow-list", () => {
  it.each([
    "https://department.example/events",
    "https://department.example:8443/events",
    "https://department.example./events",
    "https://both.example/",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
  ])("allows %s", async (url) => {
    expect(await allows(url)).toBe(true);
  });

  it.each(vectors)("refuses %s: %s", async (_what, url) => {
    expect(await allows(url)).toBe(false);
  });
});

describe("with an allow-list", () => {
  it.each([
    ["127.0.0.1:*", "http://127.0.0.1:40123/events", true],
    ["127.0.0.1:*", "http://127.0.0.2:40123/events", false],
    ["127.0.0.1", "http://127.0.0.1:40123/events", false],
    ["127.0.0.1", "https://127.0.0.1:40123/events", false],
    ["127.0.0.1:3001", "http://127.0.0.1:3001/events", true],
    ["127.0.0.1:3001", "http://127.0.0.1:3002/events", false],
    ["[::1]:3002", "http://[::1]:3002/events", true],
    ["[::1]", "http://[::1]:3002/events", false],
    ["10.0.0.0/8", "https://inside.example/", true],
    ["10.0.0.0/8", "https://inside.example:8443/", true],
    ["10.0.0.0/8", "https://inside.example:22/", false],
    ["10.0.0.0/8", "https://inside.example:6379/", false],
    ["10.0.0.0/8", "http://inside.example/", false],
    ["10.0.0.0/8", "http://inside.example:8443/", false],
    ["10.0.0.0/8", "http://inside.example:8080/", false],
    ["10.0.0.0/8:8080", "http://inside.example:8080/", true],
    ["10.0.0.0/8:8080", "https://inside.example:8080/", true],
    ["10.0.0.0/8:8080", "https://inside.example/", false],
    ["10.0.0.0/8:80,8080", "http://inside.example/", true],
    ["10.0.0.0/8:80,8080", "http://inside.example:8081/", false],
    ["10.0.0.0/8:*", "http://inside.example:40123/", true],
    ["10.0.0.0/8; 127.0.0.0/8", "https://one-inside.example/", true],
    ["10.0.0.0/8:8080; 127.0.0.0/8:8081", "http://one-inside.example:8080/", false],
    ["10.0.0.0/8", "https://one-inside.example/", false],
    ["10.0.0.0/8", "http://department.example/", false],
    ["inside.example", "https://inside.example/", true],
    ["inside.example:8443", "https://inside.example/", false],
    ["fd00::/8", "https://[fd12::1]/", true],
    ["fd00::/8:8080", "http://[fd12::1]:8080/", true],
    ["metadata.example:*; 169.254.0.0/16:*", "http://metadata.example/", false],
    ["169.254.169.254:*", "http://169.254.169.254/", false],
    ["fd00::/8", "https://[fd00:ec2::254]/", false],
  ])("%s and %s: %s", async (allowed, url, expected) => {
    expect(await allows(url, allowed)).toBe(expected);
  });

  // A city's departments stand on 10.20/16 and fd12::/32: that opens nothing else.
  it.each(vectors)("opens nothing but what it names: %s: %s", async (_what, url) => {
    expect(await allows(url, "10.20.0.0/16:*; fd12::/32:*; cases.gov.local:8443")).toBe(false);
  });

  it.each([
    ["the whole of IPv4 and IPv6", "https://169.254.169.254/"],
    ["the whole of IPv4 and IPv6", "https://[64:ff9b::a9fe:a9fe]/"],
    ["the whole of IPv4 and IPv6", "https://[2002:a9fe:a9fe::1]/"],
    ["the whole of IPv4 and IPv6", "https://[::ffff:a9fe:a9fe]/"],
    ["the whole of IPv4 and IPv6", "https://100.100.100.200/"],
    ["the whole of IPv4 and IPv6", "https://metadata.example/"],
  ])("even %s does not open %s", async (_what, url) => {
    expect(await allows(url, "0.0.0.0/0:*; ::/0:*")).toBe(false);
  });

  it("there are 40 vectors and more", () => {
    expect(new Set(vectors.map(([, url]) => url)).size).toBeGreaterThanOrEqual(40);
  });

  it.each([
    "10.0.0.0/99",
    "10.0.0.0/8:0",
    "10.0.0.0/8:70000",
    "10.0.0.0/8:80,",
    "10.0.0.0/8, 127.0.0.0/8",
    "host:",
    "http://host",
    "a b",
    "*",
  ])("refuses to start with %s", (allowed) => {
    expect(() => addressRules(allowed)).toThrow();
  });
});
