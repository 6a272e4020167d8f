import { describe, expect, it } from "vitest";
import { OutsideSettings } from "#functions/identity/upstreams/outside-settings.ts";
import { vouchedIdentity } from "#functions/identity/upstreams/vouched-identity.ts";

const oidc = {
  kind: "oidc",
  name: "province",
  label: "省平台",
  issuer: "https://province.example",
  clientId: "c",
  clientSecret: "s",
  fields: {},
  assurance: { L2: 2 },
};

describe("the settings of the outside world", () => {
  it("may be empty: nothing is offered then", () => {
    expect(OutsideSettings.parse({})).toEqual({ upstreams: [] });
  });

  it.each([
    ["an address without TLS", { ...oidc, issuer: "http://province.example" }],
    ["another scheme", { ...oidc, issuer: "file:///etc/passwd" }],
    ["a name that is no part of a path", { ...oidc, name: "../province" }],
    ["a level above our scale", { ...oidc, assurance: { L2: 4 } }],
    ["a field nobody knows", { ...oidc, clientSecrte: "s" }],
  ])("are refused with %s", (_, upstream) => {
    expect(OutsideSettings.safeParse({ upstreams: [upstream] }).success).toBe(false);
  });

  it("may be without TLS on this machine only", () => {
    expect(OutsideSettings.safeParse({ upstreams: [{ ...oidc, issuer: "http://127.0.0.1:9" }] }).success).toBe(true);
    const lookalike = { ...oidc, issuer: "http://127.0.0.1.evil.example" };
    expect(OutsideSettings.safeParse({ upstreams: [lookalike] }).success).toBe(false);
  });

  it("are refused with one name twice", () => {
    expect(OutsideSettings.safeParse({ upstreams: [oidc, oidc] }).success).toBe(false);
  });
});

describe("what an upstream says of a person", () => {
  const upstream = { name: "province", assurance: { L2: 2, L3: 3 } as const };
  const said = { subject: "s", name: "梁一门", idNumber: "44990019680229006X", level: "L3" };
  const read = (more: object) => vouchedIdentity(upstream, { ...said, ...more }, "2026-11-27");

  it.each([
    [{}, { value: { assurance: 3, rawLevel: "L3" } }],
    [{ level: "L2" }, { value: { assurance: 2 } }],
    [{ level: "L4" }, { value: { assurance: 0, rawLevel: "L4" } }],
    [{ level: undefined }, { value: { assurance: 0, rawLevel: "" } }],
    [{ level: "toString" }, { value: { assurance: 0 } }],
    [{ level: "__proto__" }, { value: { assurance: 0 } }],
    [{ idNumber: "44990019680229006x" }, { value: { idNumber: "44990019680229006X" } }],
    [{ idNumber: undefined }, { refusal: { code: "upstream.id-number-missing" } }],
    [{ idNumber: "" }, { refusal: { code: "upstream.id-number-missing" } }],
    [{ idNumber: null, phone: "13800000001" }, { refusal: { code: "upstream.id-number-missing" } }],
    [{ idNumber: ["44990019680229006X"] }, { refusal: { code: "upstream.id-number-missing" } }],
    [{ idNumber: "449900196802290060" }, { refusal: { code: "upstream.id-number-invalid" } }],
    [{ idNumber: "E12345678" }, { refusal: { code: "upstream.id-number-invalid" } }],
    [{ subject: "" }, { refusal: { code: "upstream.answer-untrusted" } }],
    [{ name: {} }, { refusal: { code: "upstream.answer-untrusted" } }],
  ])("with %j is read as %j", (more, expected) => {
    expect(read(more)).toMatchObject(expected);
  });

  it("is not believed of somebody who is not born yet", () => {
    expect(vouchedIdentity(upstream, said, "1968-02-28")).toMatchObject({
      refusal: { code: "upstream.id-number-invalid" },
    });
  });
});
