import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { httpPersonVerifier } from "#functions/identity/upstreams/http-person-verifier.ts";
import { OutsideSettings } from "#functions/identity/upstreams/outside-settings.ts";
import { residents } from "#local/demo-city/residents.ts";
import { type RunningVerifier, startPersonVerifier } from "#local/outside/person-verifier.ts";
import { outsideBrowser } from "#test/support/outside-browser.ts";
import { CITY, misbehave } from "./province.ts";

const secret = "shared with the verifier, long enough";
const liang = { name: "梁一门", idNumber: "449900198504120010" };
const quick = { pauseMs: 1, timeoutMs: 20_000 };

let server: RunningVerifier;
beforeEach(async () => {
  server = await startPersonVerifier({ appId: "yimen", secret, people: residents, port: 0 });
});
afterEach(() => server.stop());

const verifier = (more: object = {}, times: object = quick) => {
  const { url, issuer, publicKey } = server;
  const settings = OutsideSettings.parse({ verifier: { url, appId: "yimen", secret, issuer, publicKey, ...more } });
  if (!settings.verifier) throw new Error();
  return httpPersonVerifier(settings.verifier, times);
};

const begin = async (who: { name: string; idNumber: string } = liang) => {
  const begun = await verifier().begin({ ...who, method: "face", returnTo: `${CITY}/account/step-up?uid=1` });
  if (begun.result !== "begun") throw new Error(begun.result);
  return begun;
};

/** What the camera sees; where the browser is sent then. */
const look = async (url: string, seen: string): Promise<string | null> =>
  (await outsideBrowser().open(url, { seen })).headers.get("location");

describe("a verification", () => {
  it("verifies the one who stands there, and sends them back with the ticket", async () => {
    const { ticket, url } = await begin();
    expect(await verifier().outcome(ticket)).toEqual({ result: "pending" });
    expect(await look(url, "self")).toBe(`${CITY}/account/step-up?uid=1&ticket=${ticket}`);
    const outcome = await verifier().outcome(ticket);
    expect(outcome).toEqual({ result: "verified", method: "face", at: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(await verifier().outcome(ticket)).toMatchObject({ result: "verified" });
  });

  it("rejects another face, and goes on rejecting", async () => {
    const { ticket, url } = await begin();
    await look(url, "other");
    expect(await verifier().outcome(ticket)).toEqual({ result: "rejected" });
    await look(url, "self");
    expect(await verifier().outcome(ticket)).toEqual({ result: "rejected" });
  });

  it("rejects someone whose name and number do not belong together", async () => {
    const { ticket, url } = await begin({ ...liang, name: "何示范" });
    await look(url, "self");
    expect(await verifier().outcome(ticket)).toEqual({ result: "rejected" });
  });

  it("that could not see anything waits for another look", async () => {
    const { ticket, url } = await begin();
    expect(await look(url, "unclear")).toBeNull();
    expect(await verifier().outcome(ticket)).toEqual({ result: "pending" });
    await look(url, "self");
    expect(await verifier().outcome(ticket)).toMatchObject({ result: "verified" });
  });

  it("shows no more of the person than a letter", async () => {
    const page = await (await fetch((await begin()).url)).text();
    expect(page).not.toContain("梁一门");
    expect(page).not.toContain("449900");
  });

  it.each(["unknown-ticket-00000000", "../messages", "a?b=1", ""])("with the ticket %j is rejected", async (ticket) => {
    expect(await verifier().outcome(ticket)).toEqual({ result: "rejected" });
  });
});

describe("a verifier in trouble", () => {
  it.each(["500", "down"])("told to %s is unavailable", async (mode) => {
    const { ticket } = await begin();
    await misbehave(server, mode);
    const wanted = { ...liang, method: "document", returnTo: `${CITY}/account` } as const;
    expect(await verifier().begin(wanted)).toEqual({ result: "unavailable" });
    expect(await verifier().outcome(ticket)).toEqual({ result: "unavailable" });
  });

  it("that is slow is not waited for; one that refuses is not asked again", async () => {
    const wanted = { ...liang, method: "face", returnTo: `${CITY}/account` } as const;
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"slow","milliseconds":1000}' });
    expect(await verifier({}, { pauseMs: 1, timeoutMs: 100 }).begin(wanted)).toEqual({ result: "unavailable" });
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"refuse","times":1}' });
    expect(await verifier().begin(wanted)).toEqual({ result: "refused" });
    expect(await verifier().begin(wanted)).toMatchObject({ result: "begun" });
  });

  it.each([
    ["signed by another key", "forge"],
    ["of another ticket", "other-ticket"],
  ])("whose result is %s verifies nobody", async (_, mode) => {
    const { ticket, url } = await begin();
    await look(url, "self");
    await misbehave(server, mode);
    expect(await verifier().outcome(ticket)).toEqual({ result: "unavailable" });
  });

  it("whose result is for another city, by another verifier or of yesterday verifies nobody", async () => {
    const { ticket, url } = await begin();
    await look(url, "self");
    const tomorrow = () => Date.now() + 86_400_000;
    expect(await verifier({ issuer: "urn:another" }).outcome(ticket)).toEqual({ result: "unavailable" });
    await expect(verifier({}, { ...quick, now: tomorrow }).outcome(ticket)).rejects.toThrow("HTTP 401");
  });

  it("that does not know our signature is a fault of ours", async () => {
    const stranger = verifier({ secret: "another secret, just as long as it" });
    await expect(stranger.begin({ ...liang, method: "face", returnTo: CITY })).rejects.toThrow("HTTP 401");
  });
});
