import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import { residents } from "#local/demo-city/residents.ts";
import type { Inbox } from "#local/outside/sms-gateway.ts";
import { until } from "#local/until.ts";
import { submitApplication } from "#shared/contracts/http/applications.ts";
import type { Item } from "#shared/contracts/http/catalogue/item.ts";
import { exampleForm, onPaper } from "#test/support/case-steps.ts";
import { misbehave, testCity } from "#test/support/city.ts";
import { type OutsideBrowser, outsideBrowser } from "#test/support/outside-browser.ts";

const HOME = "http://127.0.0.1:5555/callback";
/** RFC 7636, appendix B. */
const pkce = {
  verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
};

let city: City;
beforeAll(async () => {
  city = await testCity();
});
afterAll(() => city?.stop());

const isHome = (url: URL) => url.href.startsWith(HOME);

/** The page on which an app of the city sends people to sign in. */
const toSignIn = async (app: string, browser: OutsideBrowser, more: Readonly<Record<string, string>> = {}) => {
  const url = new URL(`${city.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: app,
    redirect_uri: HOME,
    response_type: "code",
    scope: "openid",
    state: "of-the-app",
    code_challenge: pkce.challenge,
    code_challenge_method: "S256",
    ...more,
  }).toString();
  return browser.follow(url, isHome);
};

const messagesTo = async (phone: string): Promise<Inbox["messages"]> =>
  ((await (await fetch(`${city.outside.sms}/inbox?phone=${phone}`)).json()) as Inbox).messages;

const agreed = { "consent-account": "yes", "consent-sensitive-data": "yes" };

/** Signs in at an outside page, and agrees to what is asked of who comes for the first time; where the browser is then. */
const signInAt = async (browser: OutsideBrowser, door: string, choices: Readonly<Record<string, string>>) => {
  const { url, page = "" } = await browser.follow(door, isHome);
  const arrived = await browser.follow(await browser.submit(url, page, choices), isHome);
  return arrived.url.pathname.endsWith("/agree")
    ? browser.follow(await browser.submit(arrived.url, arrived.page ?? "", agreed), isHome)
    : arrived;
};

const tokenFor = async (app: string, home: URL): Promise<string> => {
  const answer = await fetch(`${city.issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: app,
      code: home.searchParams.get("code") ?? "",
      redirect_uri: HOME,
      code_verifier: pkce.verifier,
    }),
  });
  const { access_token = "" } = (await answer.json()) as { access_token?: string };
  return access_token;
};

const claimsFor = async (app: string, home: URL) => decodeJwt(await tokenFor(app, home));

describe("signing in where others vouch for people", () => {
  it("the province's word opens the same account by either of its doors", async () => {
    const subjects = [];
    for (const upstream of ["province", "user-centre"]) {
      const browser = outsideBrowser();
      const { url, page } = await toSignIn("app-citizen", browser);
      expect(page).toContain(`/upstreams/${upstream}`);
      const { url: home } = await signInAt(browser, `${url.origin}${url.pathname}/upstreams/${upstream}`, {
        user: "gd-0008",
        do: "sign-in",
      });
      expect(home.searchParams.get("state")).toBe("of-the-app");
      const { sub, acr } = await claimsFor("app-citizen", home);
      expect(acr).toBe("2");
      subjects.push(sub);
    }
    expect(subjects[0]).toMatch(/^[0-9A-Z]{26}$/);
    expect(subjects[1]).toBe(subjects[0]);
  });

  it("an item that demands more is applied for after a look at the face, in the same session", async () => {
    const items = (await (await fetch(`${city.url}/v1/items?q=公司设立`)).json()) as { items: { code: string }[] };
    const code = items.items[0]?.code ?? "";
    const item = (await (await fetch(`${city.url}/v1/items/${code}`)).json()) as Item;
    expect(item.assurance).toBe(3);
    const situation = { premises: "owned" };
    const hand = { item };
    const apply = async (token: string) => {
      const answer = await fetch(`${city.url}${submitApplication.path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": "one-and-the-same",
        },
        body: JSON.stringify({
          itemCode: code,
          situation,
          form: exampleForm(hand),
          materials: onPaper(hand, situation),
        }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const scope = { scope: "openid applications:submit" };

    const browser = outsideBrowser();
    const { url } = await toSignIn("app-citizen", browser, scope);
    const door = `${url.origin}${url.pathname}/upstreams/province`;
    const { url: home } = await signInAt(browser, door, { user: "gd-0007", do: "sign-in" });
    const refused = await apply(await tokenFor("app-citizen", home));
    expect(refused).toMatchObject({
      status: 403,
      body: { type: "/problems/application.assurance-needed", detail: "3" },
    });

    const asked = await toSignIn("app-citizen", browser, { ...scope, acr_values: String(refused.body.detail) });
    expect(asked.page).toContain("进一步核验身份");
    const choices = { method: "face", agree: "yes" };
    const leaving = await browser.follow(await browser.submit(asked.url, asked.page ?? "", choices), isHome);
    const verifier = /href="([^"]+\/look\/[^"]+)"/.exec(leaving.page ?? "")?.[1] ?? "";
    const looked = await browser.follow(verifier, isHome);
    const back = await browser.follow(await browser.submit(looked.url, looked.page ?? "", { seen: "self" }), isHome);
    expect(await apply(await tokenFor("app-citizen", back.url))).toMatchObject({ status: 201 });
  });

  it("who registered here themselves steps up at the province in the same session, and keeps password and phone", async () => {
    const [, , , , , tan] = residents;
    if (!tan) throw new Error("the demo city has lost a resident");
    const { name, idNumber, phone, subject } = tan;
    const password = "一句只有自己知道的话 2026";

    const registering = outsideBrowser();
    const first = await toSignIn("app-citizen", registering);
    const form = await registering.follow(`${first.url}/register`, isHome);
    const entered = await registering.submit(form.url, form.page ?? "", { name, idNumber, phone, ...agreed });
    const proving = await registering.follow(entered, isHome);
    const code = await until("the code arrives", async () => (await messagesTo(phone)).at(-1)?.params.code);
    const registered = await registering.submit(proving.url, proving.page ?? "", { code, password });
    expect((await registering.follow(registered, isHome)).page).toContain("注册申请已提交");

    const byPassword = async (browser: OutsideBrowser) => {
      const { url, page = "" } = await toSignIn("app-citizen", browser);
      const { url: home } = await browser.follow(
        await browser.submit(url, page, { identifier: phone, password }),
        isHome,
      );
      return claimsFor("app-citizen", home);
    };
    const here = outsideBrowser();
    const before = await byPassword(here);
    expect(before).toMatchObject({ acr: "1" });

    const asked = await toSignIn("app-citizen", here, { acr_values: "3" });
    expect(asked.page).toContain("进一步核验身份");
    const stranger = await signInAt(here, `${asked.url}/upstreams/user-centre`, { user: "gd-0001", do: "sign-in" });
    expect(stranger.page).toContain("属于另一个人");
    const stepped = await signInAt(here, `${asked.url}/upstreams/province`, { user: subject, do: "sign-in" });
    expect(await claimsFor("app-citizen", stepped.url)).toMatchObject({ sub: before.sub, acr: "3" });

    // Asked only whether this app may: the browser is still signed in.
    const again = await toSignIn("app-citizen", here);
    const allowed = await here.submit(again.url, again.page ?? "", { answer: "allow" });
    const { url: home } = await here.follow(allowed, isHome);
    expect(await claimsFor("app-citizen", home)).toMatchObject({ sub: before.sub, acr: "3" });
    expect(await byPassword(outsideBrowser())).toMatchObject({ sub: before.sub, acr: "3" });
  });

  it("a province that is down is told on the page, and other doors stay open", async () => {
    const browser = outsideBrowser();
    const { url } = await toSignIn("app-citizen", browser);
    await misbehave(city.outside.province, { mode: "down" });
    // What this function has discovered before it still knows: then the browser itself finds nobody there.
    const start = await browser.open(`${url.origin}${url.pathname}/upstreams/user-centre`);
    expect(start.status).toBe(303);
    await misbehave(city.outside.province, { mode: "none" });
    await misbehave(city.outside.userCentre, { mode: "500" });
    const { page } = await signInAt(browser, start.headers.get("location") ?? "", { user: "gd-0001", do: "sign-in" });
    expect(page).toContain("暂时无法连接");
    await misbehave(city.outside.userCentre, { mode: "none" });
  });

  it("staff come in by the government chat", async () => {
    const browser = outsideBrowser();
    const { url } = await toSignIn("app-workbench", browser);
    const clerk = city.staff.find(({ roles }) => roles.includes("clerk"))?.staff ?? "";
    const { url: home } = await signInAt(browser, `${url.origin}${url.pathname}/wecom`, { user: clerk, do: "allow" });
    expect(await claimsFor("app-workbench", home)).toMatchObject({ staff: clerk, acr: "2" });
  });

  it("residents of the demo city have had their codes by text message, and sign in", async () => {
    expect(city.residents).toHaveLength(4);
    const inbox = await (await fetch(`${city.outside.sms}/inbox`)).json();
    expect(inbox).toMatchObject({ unsigned: 0 });
    for (const { phone } of city.residents)
      expect(inbox).toMatchObject({
        messages: expect.arrayContaining([expect.objectContaining({ to: phone, template: "code.register" })]),
      });
  });
});
