import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accountKeyUpstream } from "#functions/identity/upstreams/account-key-upstream.ts";
import { oidcUpstream } from "#functions/identity/upstreams/oidc-upstream.ts";
import type { Ticket, Upstream } from "#functions/identity/upstreams/upstreams.ts";
import type { Running } from "#local/outside/http-server.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { outsideBrowser } from "#test/support/outside-browser.ts";
import {
  accountKeyProvince,
  accountKeySettings,
  CITY,
  callbackOf,
  misbehave,
  oidcProvince,
  oidcSettings,
  upstreamOf,
} from "./province.ts";

const newTicket = (seed: string): Ticket => ({
  state: `state-${seed}`,
  nonce: `nonce-${seed}`,
  verifier: `${seed}-`.padEnd(43, "v"),
});
const ticket = newTicket("one");

/** What the browser brings back when this person signs in at the province. */
const comeBack = async (upstream: Upstream, by: Ticket, user: string, answer = "sign-in"): Promise<URL> => {
  const start = await upstream.start(by);
  if (!start.ok) throw new Error(start.refusal.code);
  const browser = outsideBrowser();
  const isHome = (url: URL) => url.href.startsWith(CITY);
  const { url, page = "" } = await browser.follow(start.value, isHome);
  const next = await browser.submit(url, page, { user, do: answer });
  return (await browser.follow(next, isHome)).url;
};

const kinds = [
  { kind: "OpenID Connect", province: oidcProvince, rawLevel: "L3", unknownLevel: "L9" },
  { kind: "account keys", province: accountKeyProvince, rawLevel: "3", unknownLevel: "9" },
];

describe.each(kinds)("an upstream with $kind", ({ province, rawLevel, unknownLevel }) => {
  let server: Running;
  let upstream: Upstream;
  beforeAll(async () => {
    const started = await province();
    server = started.server;
    upstream = upstreamOf(started.settings);
  });
  afterEach(() => misbehave(server, "none"));
  afterAll(() => server.stop());

  it("vouches for a person by ID number, with what its level means here", async () => {
    const identity = await upstream.finish(await comeBack(upstream, ticket, "gd-0001"), ticket);
    expect(identity).toEqual({
      ok: true,
      value: {
        upstream: upstream.name,
        subject: "gd-0001",
        name: "梁一门",
        idNumber: "449900198504120010",
        assurance: 3,
        rawLevel,
      },
    });
  });

  it("whose level is not known vouches for nothing", async () => {
    const callback = await comeBack(upstream, ticket, "gd-0001");
    await misbehave(server, "unknown-level");
    expect(await upstream.finish(callback, ticket)).toMatchObject({
      ok: true,
      value: { assurance: 0, rawLevel: unknownLevel },
    });
  });

  it.each([
    ["no-id-number", "upstream.id-number-missing"],
    ["bad-id-number", "upstream.id-number-invalid"],
    ["tampered-user-info", "upstream.answer-untrusted"],
    ["500", "upstream.unreachable"],
    ["down", "upstream.unreachable"],
  ])("that answers with %s is refused: %s", async (mode, code) => {
    const callback = await comeBack(upstream, ticket, "gd-0001");
    await misbehave(server, mode);
    expect(await upstream.finish(callback, ticket)).toMatchObject({ ok: false, refusal: { code } });
  });

  it("takes a code once", async () => {
    const callback = await comeBack(upstream, ticket, "gd-0001");
    expect(await upstream.finish(callback, ticket)).toMatchObject({ ok: true });
    expect(await upstream.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.code-invalid" } });
  });

  it("refuses a code that was stolen from another browser and put under the thief's own state", async () => {
    const thief = newTicket("thief");
    const stolen = await comeBack(upstream, ticket, "gd-0001");
    stolen.searchParams.set("state", thief.state);
    expect(await upstream.finish(stolen, thief)).toMatchObject({ refusal: { code: "upstream.code-invalid" } });
  });

  it("refuses another state than the browser set out with", async () => {
    const callback = await comeBack(upstream, ticket, "gd-0001");
    const answer = await upstream.finish(callback, newTicket("other"));
    expect(answer).toMatchObject({ ok: false });
    expect(["upstream.state-invalid", "upstream.answer-untrusted"]).toContain(!answer.ok && answer.refusal.code);
  });

  it("says so when the person went away", async () => {
    const callback = await comeBack(upstream, ticket, "gd-0001", "cancel");
    expect(await upstream.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.declined" } });
  });
});

describe("an OpenID provider", () => {
  let server: Running;
  let upstream: Upstream;
  beforeAll(async () => {
    const started = await oidcProvince();
    server = started.server;
    upstream = upstreamOf(started.settings);
  });
  afterEach(() => misbehave(server, "none"));
  afterAll(() => server.stop());

  it.each(["wrong-nonce", "wrong-audience", "foreign-key", "other-subject"])("with %s is refused", async (mode) => {
    const callback = await comeBack(upstream, ticket, "gd-0001");
    await misbehave(server, mode);
    expect(await upstream.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.answer-untrusted" } });
  });

  it("mixed up with another issuer is refused before the code goes anywhere", async () => {
    await misbehave(server, "wrong-issuer");
    const callback = await comeBack(upstream, ticket, "gd-0001");
    expect(callback.searchParams.get("iss")).toBe("https://another-province.example");
    expect(await upstream.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.answer-untrusted" } });
    callback.searchParams.set("iss", server.url);
    expect(await upstream.finish(callback, ticket)).toMatchObject({ ok: true });
  });

  it("asks for PKCE by S256 and tells nobody the verifier", async () => {
    const start = await upstream.start(ticket);
    if (!start.ok) throw new Error(start.refusal.code);
    expect(start.value.searchParams.get("code_challenge_method")).toBe("S256");
    expect(start.value.href).not.toContain(ticket.verifier);
  });

  it("that is slow, or not there at all, refuses the start; when it is back, so is the sign-in", async () => {
    const settings = oidcSettings(server.url);
    const options = { callback: callbackOf("province"), now: systemClock, timeoutMs: 100 };
    const impatient = oidcUpstream(settings, options);
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"slow","milliseconds":1000}' });
    expect(await impatient.start(ticket)).toEqual({ ok: false, refusal: { code: "upstream.unreachable" } });
    await misbehave(server, "none");
    const patient = oidcUpstream(settings, { ...options, timeoutMs: 10_000 });
    expect(await patient.start(ticket)).toMatchObject({ ok: true });
    expect(await upstreamOf(oidcSettings("http://127.0.0.1:9")).start(ticket)).toMatchObject({
      refusal: { code: "upstream.unreachable" },
    });
  });

  it("that does not know our secret any more is refused", async () => {
    const wrong = upstreamOf({ ...oidcSettings(server.url), clientSecret: "another" });
    const callback = await comeBack(wrong, ticket, "gd-0001");
    expect(await wrong.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.unreachable" } });
  });
});

describe("a user centre with account keys", () => {
  let server: Running;
  let upstream: Upstream;
  beforeAll(async () => {
    const started = await accountKeyProvince();
    server = started.server;
    upstream = upstreamOf(started.settings);
  });
  afterEach(() => misbehave(server, "none"));
  afterAll(() => server.stop());

  it.each([
    ["unsigned", "upstream.answer-untrusted"],
    ["old-answer", "upstream.answer-untrusted"],
    ["not-json", "upstream.answer-untrusted"],
    ["busy", "upstream.unreachable"],
  ])("that answers with %s is refused: %s", async (mode, code) => {
    const callback = await comeBack(upstream, ticket, "gd-0002");
    await misbehave(server, mode);
    expect(await upstream.finish(callback, ticket)).toMatchObject({ refusal: { code } });
  });

  it("may sign with SHA-256 instead of SM3", async () => {
    const other = await accountKeyProvince("sha256");
    const sha = upstreamOf(other.settings);
    expect(await sha.finish(await comeBack(sha, ticket, "gd-0002"), ticket)).toMatchObject({ ok: true });
    const sm3 = upstreamOf(accountKeySettings(other.server.url, { signature: "hmac-sm3" }));
    const callback = await comeBack(sm3, ticket, "gd-0002");
    // Nobody hears our question, since its signature is not theirs.
    expect(await sm3.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.unreachable" } });
    await other.server.stop();
  });

  it("that is slow is refused", async () => {
    const options = { callback: callbackOf("user-centre"), now: systemClock, timeoutMs: 100 };
    const impatient = accountKeyUpstream(accountKeySettings(server.url), options);
    const callback = await comeBack(impatient, ticket, "gd-0002");
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"slow","milliseconds":1000}' });
    expect(await impatient.finish(callback, ticket)).toMatchObject({ refusal: { code: "upstream.unreachable" } });
  });
});

it("never lets a secret or a person into a refusal", async () => {
  const { server, settings } = await accountKeyProvince();
  const upstream = upstreamOf(settings);
  const callback = await comeBack(upstream, ticket, "gd-0001");
  await misbehave(server, "tampered-user-info");
  const text = JSON.stringify(await upstream.finish(callback, ticket));
  for (const secret of [settings.appSecret, "梁一门", "449900"]) expect(text).not.toContain(secret);
  await server.stop();
});
