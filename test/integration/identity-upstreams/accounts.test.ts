import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { outsideSignInOf } from "#functions/identity/upstreams/configured-sign-in.ts";
import { memorySpentMarks } from "#functions/identity/upstreams/spent-marks.ts";
import type { OutsideSignIn } from "#functions/identity/upstreams/upstreams.ts";
import { residents } from "#local/demo-city/residents.ts";
import type { Running } from "#local/outside/http-server.ts";
import { startWecomServer } from "#local/outside/wecom-server.ts";
import { clerk, identityStage, origin, ring } from "#test/support/accounts-stage.ts";
import { outsideBrowser } from "#test/support/outside-browser.ts";
import { accountKeyProvince, CITY, misbehave, oidcProvince } from "./province.ts";

const [liang, he, huang, , , tan] = residents;
if (!liang || !he || !huang || !tan) throw new Error("the demo city has lost its residents");

let province: Awaited<ReturnType<typeof oidcProvince>>;
let userCentre: Awaited<ReturnType<typeof accountKeyProvince>>;
let chat: Running;
const wecom = { corpid: "ww", corpsecret: "secret-of-the-app", agentid: 7 };
beforeAll(async () => {
  [province, userCentre, chat] = await Promise.all([
    oidcProvince(),
    accountKeyProvince(),
    startWecomServer({
      corpId: wecom.corpid,
      corpSecret: wecom.corpsecret,
      agentId: wecom.agentid,
      members: [clerk.staff, "never-appointed"],
      port: 0,
    }),
  ]);
});
afterAll(() => Promise.all([province.server, userCentre.server, chat].map((server) => server.stop())));

let stage: ReturnType<typeof identityStage>;
let outside: OutsideSignIn;
beforeEach(async () => {
  await misbehave(province.server, "none");
  stage = identityStage();
  outside = outsideSignInOf(
    {
      upstreams: [province.settings, userCentre.settings],
      staffSignIn: { ...wecom, baseUrl: chat.url, authorizeUrl: `${chat.url}/connect/oauth2/authorize` },
    },
    { publicUrl: CITY, keyRing: ring, accounts: stage.accounts, spent: memorySpentMarks() },
  );
});

/** Signs in through an upstream, in a browser of its own, or steps up there who is signed in here. */
const through = async (upstream: string, user: string, person?: string) => {
  const browser = outsideBrowser();
  const start = await outside.startUpstream({ upstream, returnTo: "/interaction/u1/arrived", person });
  if (!start.ok) throw new Error(start.refusal.code);
  browser.keep(CITY, start.cookies);
  const isHome = (url: URL) => url.href.startsWith(CITY);
  const { url, page = "" } = await browser.follow(start.location, isHome);
  const callback = await browser.follow(await browser.submit(url, page, { user, do: "sign-in" }), isHome);
  const came = await outside.finishUpstream({
    upstream,
    rawQueryString: callback.url.search.slice(1),
    cookies: browser.cookiesFor(callback.url),
    origin,
  });
  if (!came.ok) return came.refusal.code;
  browser.keep(CITY, came.cookies);
  const page2 = new URL(came.location, CITY);
  const arrival = await outside.arrival({ rawPath: page2.pathname, cookies: browser.cookiesFor(page2) });
  if (arrival?.who.kind !== "person") throw new Error("nobody arrived");
  return arrival.who;
};

describe("a person from the province", () => {
  it("finds the account with their ID number, whatever phone it has, and is verified from then on", async () => {
    const person = await stage.person({ ...liang, phone: "13900000009", password: "correct horse 9" }, 1);
    expect(await through("province", liang.subject)).toEqual({
      kind: "person",
      person,
      acr: "3",
      amr: ["fed"],
      upstream: "province",
      at: expect.any(Number),
    });
    expect(await stage.accounts.account(person)).toMatchObject({
      assurance: { level: 3, method: "upstream", by: "province" },
      upstreams: ["province"],
    });
  });

  it("is the same account by either of two upstreams, opened once", async () => {
    const first = await through("province", he.subject);
    const second = await through("user-centre", he.subject);
    expect(first).toMatchObject({ person: expect.any(String), acr: "2" });
    expect(second).toMatchObject({ person: (first as { person: string }).person });
  });

  it("is not taken for somebody of the same name and phone", async () => {
    const other = { ...he, idNumber: "44990019680229006X", password: "correct horse 9" };
    const namesake = await stage.person(other, 1);
    const arrived = await through("province", he.subject);
    expect((arrived as { person: string }).person).not.toBe(namesake);
    expect(await stage.accounts.account(namesake)).toMatchObject({ upstreams: [] });
  });

  it("without an ID number is nobody, even with the name and phone of an account", async () => {
    const person = await stage.person({ ...liang, password: "correct horse 9" }, 1);
    await misbehave(province.server, "no-id-number");
    expect(await through("province", liang.subject)).toBe("upstream.id-number-missing");
    expect(await stage.accounts.account(person)).toMatchObject({ upstreams: [] });
  });

  it("whom the province has not verified opens nobody's account with a number they typed there", async () => {
    const victim = await stage.person({ ...huang, password: "correct horse 9" }, 1);
    expect(await through("province", huang.subject)).toBe("upstream.assurance-too-low");
    expect(await stage.accounts.account(victim)).toMatchObject({ upstreams: [], assurance: { level: 1 } });
  });

  it("is not kept out by the name that somebody else typed with their number", async () => {
    const squatted = await stage.person({ ...liang, name: "梁二门", password: "correct horse 9" }, 1);
    expect(await through("user-centre", liang.subject)).toMatchObject({ person: squatted });
    expect(await stage.accounts.profile(squatted, { client: "test", purpose: "test" })).toMatchObject({
      name: liang.name,
    });
  });

  it("under another name than was verified before is sent to a counter", async () => {
    await stage.person({ ...liang, name: "梁二门", password: "correct horse 9" }, 2);
    expect(await through("user-centre", liang.subject)).toBe("upstream.name-differs");
  });
});

describe("somebody signed in here who steps up at the province", () => {
  const password = "correct horse 9";

  it("is verified there, and keeps what they signed in with: password, phone and sessions", async () => {
    const phone = "13900000009";
    const person = await stage.person({ ...liang, name: "梁二门", phone, password }, 1);
    expect(await through("province", liang.subject, person)).toMatchObject({ person, acr: "3", amr: ["fed"] });
    expect(await stage.accounts.account(person)).toMatchObject({
      phone: "139****0009",
      hasPassword: true,
      assurance: { level: 3, method: "upstream", by: "province" },
      upstreams: ["province"],
    });
    expect(await stage.accounts.profile(person, { client: "test", purpose: "test" })).toMatchObject({
      name: liang.name,
      phone,
    });
    const signedIn = await stage.accounts.signInWithPassword({ identifier: liang.idNumber, password }, origin);
    expect(signedIn).toMatchObject({ ok: true, value: { person } });
    expect(stage.ended).toEqual([]);
    expect(stage.memory.published().map(({ type }) => type)).not.toContain("gov.yimen.identity.sessions-voided.v1");
  });

  it("is not taken for another, with an account or without one, and nothing is written of either", async () => {
    const person = await stage.person({ ...liang, password }, 1);
    await stage.person({ ...he, password }, 1);
    const before = structuredClone(stage.memory.atRest());
    for (const { subject } of [he, tan])
      expect(await through("province", subject, person)).toBe("upstream.another-person");
    expect(stage.memory.atRest()).toEqual(before);
    expect(stage.ended).toEqual([]);
  });

  it("under another name than was verified before is sent to a counter", async () => {
    const person = await stage.person({ ...liang, name: "梁二门", password }, 2);
    expect(await through("province", liang.subject, person)).toBe("upstream.name-differs");
  });
});

describe("staff from the government chat", () => {
  const signIn = async (user: string) => {
    const browser = outsideBrowser();
    const start = await outside.startStaffSignIn({ returnTo: "/interaction/s1/arrived" });
    if (!start.ok) throw new Error(start.refusal.code);
    browser.keep(CITY, start.cookies);
    const { url, page = "" } = await browser.follow(start.location, () => false);
    const callback = await browser.submit(url, page, { user, do: "allow" });
    const came = await outside.finishStaffSignIn({
      rawQueryString: callback.search.slice(1),
      cookies: browser.cookiesFor(callback),
    });
    if (!came.ok) return came.refusal.code;
    browser.keep(CITY, came.cookies);
    const path = new URL(came.location, CITY);
    return (await outside.arrival({ rawPath: path.pathname, cookies: browser.cookiesFor(path) }))?.who;
  };

  it("are those who were appointed, until they are dismissed", async () => {
    await stage.staff.save(clerk, stage.clock());
    expect(await signIn(clerk.staff)).toMatchObject({ kind: "staff", staff: clerk.staff });
    await stage.staff.save({ ...clerk, version: 2, roles: [] }, stage.clock());
    expect(await signIn(clerk.staff)).toBe("staff-sign-in.not-staff");
  });

  it("are not everyone who is in the chat", async () => {
    expect(await signIn("never-appointed")).toBe("staff-sign-in.not-staff");
    expect(await signIn("(外部人员)")).toBe("staff-sign-in.not-staff");
  });
});
