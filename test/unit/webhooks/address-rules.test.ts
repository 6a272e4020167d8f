import { describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";

const names: Record<string, string[]> = {
  "department.example": ["93.184.216.34"],
  "both.example": ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"],
  "inside.example": ["10.1.2.3"],
  "one-inside.example": ["93.184.216.34", "127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
};
const resolve = async (host: string) => {
  const addresses = names[host.replace(/\.$/, "")];
  if (!addresses) throw new Error("ENOTFOUND");
  return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
};
const allows = (url: string, allowed = "") =>
  guardedPost({ rules: addressRules(allowed), timeout: 1000, resolve }).allows(url);

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

  it.each([
    ["http", "http://department.example/"],
    ["another port", "https://department.example:8080/"],
    ["another protocol", "ftp://department.example/"],
    ["credentials", "https://user:secret@department.example/"],
    ["no URL", "department.example"],
    ["an unknown name", "https://nowhere.example/"],
    ["a name that leads inside", "https://inside.example/"],
    ["a name that leads inside among others", "https://one-inside.example/"],
    ["a name that leads to the metadata service", "https://metadata.example/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback, decimal", "https://2130706433/"],
    ["loopback, hexadecimal", "https://0x7f000001/"],
    ["loopback, octal", "https://0177.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback, full width", "https://１２７.０.０.１/"],
    ["loopback, circled", "https://①②⑦.⓪.⓪.①/"],
    ["loopback, IPv6", "https://[::1]/"],
    ["unspecified", "https://0.0.0.0/"],
    ["unspecified, IPv6", "https://[::]/"],
    ["private 10/8", "https://10.0.0.1/"],
    ["private 172.16/12", "https://172.31.255.255/"],
    ["private 192.168/16", "https://192.168.1.1/"],
    ["link-local with metadata", "https://169.254.169.254/latest/meta-data/"],
    ["container metadata", "https://169.254.170.2/"],
    ["CGNAT", "https://100.64.0.1/"],
    ["CGNAT, metadata of another cloud", "https://100.100.100.200/"],
    ["benchmarking", "https://198.18.0.1/"],
    ["multicast", "https://224.0.0.1/"],
    ["broadcast", "https://255.255.255.255/"],
    ["documentation", "https://203.0.113.5/"],
    ["IPv4-mapped", "https://[::ffff:10.0.0.1]/"],
    ["IPv4-mapped metadata", "https://[::ffff:a9fe:a9fe]/"],
    ["IPv4-compatible", "https://[::7f00:1]/"],
    ["NAT64", "https://[64:ff9b::a9fe:a9fe]/"],
    ["NAT64, local use", "https://[64:ff9b:1::1]/"],
    ["6to4", "https://[2002:7f00:1::]/"],
    ["Teredo", "https://[2001::1]/"],
    ["unique local", "https://[fd00:ec2::254]/"],
    ["link-local, IPv6", "https://[fe80::1]/"],
    ["multicast, IPv6", "https://[ff02::1]/"],
  ])("refuses %s: %s", async (_what, url) => {
    expect(await allows(url)).toBe(false);
  });
});

describe("with an allow-list", () => {
  it.each([
    ["127.0.0.1", "http://127.0.0.1:40123/events", true],
    ["127.0.0.1", "http://127.0.0.2:40123/events", false],
    ["127.0.0.1:3001", "http://127.0.0.1:3001/events", true],
    ["127.0.0.1:3001", "http://127.0.0.1:3002/events", false],
    ["[::1]", "http://[::1]:3002/events", true],
    ["10.0.0.0/8", "https://inside.example/", true],
    ["10.0.0.0/8", "http://inside.example:8080/", true],
    ["10.0.0.0/8, 127.0.0.0/8", "https://one-inside.example/", true],
    ["10.0.0.0/8", "https://one-inside.example/", false],
    ["10.0.0.0/8", "http://department.example/", false],
    ["inside.example", "https://inside.example/", true],
    ["inside.example:8443", "https://inside.example/", false],
    ["fd00::/8", "https://[fd12::1]/", true],
    ["metadata.example, 169.254.0.0/16", "http://metadata.example/", false],
    ["169.254.169.254", "http://169.254.169.254/", false],
    ["fd00::/8", "https://[fd00:ec2::254]/", false],
  ])("%s and %s: %s", async (allowed, url, expected) => {
    expect(await allows(url, allowed)).toBe(expected);
  });

  it.each(["10.0.0.0/99", "http://host", "a b", "*"])("refuses to start with %s", (allowed) => {
    expect(() => addressRules(allowed)).toThrow();
  });
});
