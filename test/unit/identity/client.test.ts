import { describe, expect, it } from "vitest";
import { type Client, registerClient } from "#functions/identity/domain/client.ts";
import { isBackchannelUri, isRedirectUri } from "#functions/identity/domain/client-uris.ts";

const portal: Omit<Client, "version"> = {
  id: "portal",
  name: "门户",
  secretHash: "hash",
  scopes: ["persons:self"],
  grants: ["authorization_code", "refresh_token"],
  redirectUris: ["https://portal.example/callback"],
  firstParty: true,
};

describe("a client with which people sign in", () => {
  it("is registered, and again only when something changed", () => {
    const added = registerClient(undefined, portal);
    expect(added).toEqual({ ok: true, value: { ...portal, version: 1 } });
    const current = { ...portal, version: 1 };
    expect(registerClient(current, portal)).toMatchObject({ refusal: { code: "client.unchanged" } });
    expect(registerClient(current, { ...portal, acr: "2" })).toMatchObject({ value: { version: 2, acr: "2" } });
  });

  it.each<[string, Partial<Client>, string]>([
    ["without an address to go back to", { redirectUris: [] }, "client.redirect-uri-missing"],
    ["with an address that is none", { redirectUris: ["portal"] }, "client.redirect-uri-invalid"],
    ["with one that is not safe", { postLogoutRedirectUris: ["http://portal.example"] }, "client.redirect-uri-invalid"],
    ["told of sign-outs in the clear", { backchannelLogoutUri: "http://portal.example" }, "client.logout-uri-invalid"],
    ["with a private key that it has not", { authentication: "private-key" }, "client.keys-missing"],
    [
      "in everyone's hands, with client credentials",
      { authentication: "none", grants: ["client_credentials"] },
      "client.secret-needed",
    ],
    [
      "in everyone's hands, taking passwords",
      { authentication: "none", grants: ["urn:yimen:grant:password"] },
      "client.secret-needed",
    ],
    [
      "of others, taking passwords",
      { firstParty: false, grants: ["urn:yimen:grant:password"] },
      "client.first-party-only",
    ],
    ["of others, changing accounts", { firstParty: false, scopes: ["persons:manage"] }, "client.first-party-only"],
    [
      "of nobody in particular, granting mandates",
      { firstParty: undefined, scopes: ["mandates:manage"] },
      "client.first-party-only",
    ],
    [
      "of others, registering organisations",
      { firstParty: false, scopes: ["organisations:manage"] },
      "client.first-party-only",
    ],
    ["of persons, at the counter", { grants: ["urn:yimen:grant:counter-session"] }, "client.staff-only"],
  ])("is not registered %s", (_what, change, code) => {
    expect(registerClient(undefined, { ...portal, ...change })).toMatchObject({ ok: false, refusal: { code } });
  });
});

describe("an address to send people to", () => {
  it.each([
    ["https://portal.example/callback", true, true],
    ["https://portal.example/callback?from=oidc", true, true],
    ["http://127.0.0.1:3000/callback", true, true],
    ["http://localhost/callback", true, true],
    ["http://[::1]:3000/callback", true, true],
    ["cn.gov.yimen:/callback", false, true],
    ["yimen:/callback", false, false],
    ["http://portal.example/callback", false, false],
    ["http://localhost.evil.example/", false, false],
    ["https://portal.example/callback#part", false, false],
    ["https://*.example/callback", false, false],
    ["https://portal.example\\@evil.example", false, false],
    ["https://user@portal.example/", false, false],
    ["https://portal.example/a b", false, false],
    ["javascript:alert(1)", false, false],
    ["data:text/html,x", false, false],
    ["//portal.example/", false, false],
    ["", false, false],
  ])("%s: web %s, app %s", (uri, web, app) => {
    expect(isRedirectUri(uri, "web")).toBe(web);
    expect(isRedirectUri(uri, "native")).toBe(app);
  });

  it("is told of sign-outs only by the web", () => {
    expect(isBackchannelUri("https://portal.example/logout")).toBe(true);
    expect(isBackchannelUri("cn.gov.yimen:/logout")).toBe(false);
    expect(isBackchannelUri("ftp://portal.example/")).toBe(false);
  });
});
