import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutsideSettings } from "#functions/identity/upstreams/outside-settings.ts";
import { wecomStaff } from "#functions/identity/upstreams/wecom-staff.ts";
import type { Running } from "#local/outside/http-server.ts";
import { startWecomServer, type WecomServerOptions } from "#local/outside/wecom-server.ts";
import { outsideBrowser } from "#test/support/outside-browser.ts";
import { CITY, misbehave } from "./province.ts";

const callback = `${CITY}/account/staff/wecom/callback`;
const app = { corpid: "ww-city", corpsecret: "secret-of-the-app", agentid: 1000002 };

let server: Running;
const start = async (more: Partial<WecomServerOptions> = {}): Promise<void> => {
  server = await startWecomServer({
    corpId: app.corpid,
    corpSecret: app.corpsecret,
    agentId: app.agentid,
    members: ["s440600-011"],
    trustedOrigin: CITY,
    port: 0,
    ...more,
  });
};
beforeEach(() => start());
afterEach(() => server.stop());

const chat = (more: object = {}, now = Date.now, to = callback) => {
  const written = { baseUrl: server.url, authorizeUrl: `${server.url}/connect/oauth2/authorize`, ...app, ...more };
  const { staffSignIn } = OutsideSettings.parse({ staffSignIn: written });
  if (!staffSignIn) throw new Error();
  return wecomStaff(staffSignIn, { callback: to, now });
};

/** The code that comes back when this member allows it on their phone. */
const codeFor = async (user: string, how = "allow"): Promise<string | null> => {
  const browser = outsideBrowser();
  const { url, page = "" } = await browser.follow(chat().start("the-state"), () => false);
  const back = await browser.submit(url, page, { user, do: how });
  expect(back.searchParams.get("state")).toBe("the-state");
  expect(back.href.startsWith(callback)).toBe(true);
  return back.searchParams.get("code");
};

describe("signing in with WeCom", () => {
  it("sends the browser where the documentation says", () => {
    const url = chat().start("the-state");
    expect(url.hash).toBe("#wechat_redirect");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      appid: app.corpid,
      redirect_uri: callback,
      response_type: "code",
      scope: "snsapi_base",
      state: "the-state",
      agentid: "1000002",
    });
  });

  it("tells the staff number, once per code", async () => {
    const code = (await codeFor("s440600-011")) ?? "";
    expect(await chat().member(code)).toEqual({ ok: true, value: "s440600-011" });
    expect(await chat().member(code)).toEqual({ ok: false, refusal: { code: "staff-sign-in.code-invalid" } });
  });

  it("takes no code that was thought up, or is older than it may be", async () => {
    expect(await chat().member("thought-up")).toMatchObject({ refusal: { code: "staff-sign-in.code-invalid" } });
    await server.stop();
    await start({ codeSeconds: 0 });
    const code = (await codeFor("s440600-011")) ?? "";
    expect(await chat().member(code)).toMatchObject({ refusal: { code: "staff-sign-in.code-invalid" } });
  });

  it("knows nobody from outside the organisation", async () => {
    const code = (await codeFor("(外部人员)")) ?? "";
    expect(await chat().member(code)).toMatchObject({ refusal: { code: "staff-sign-in.not-staff" } });
  });

  it("brings no code when the member cancels", async () => {
    expect(await codeFor("s440600-011", "cancel")).toBeNull();
  });

  it("shows its page for the trusted domain only", async () => {
    const elsewhere = chat({}, Date.now, "https://evil.example/callback").start("s");
    expect((await fetch(elsewhere)).status).toBe(400);
  });

  it("fetches one token for many, a new one when it dies early, and gives up on one that is dead at once", async () => {
    const official = chat();
    const member = async () => official.member((await codeFor("s440600-011")) ?? "");
    expect(await member()).toMatchObject({ ok: true });
    expect(await member()).toMatchObject({ ok: true });
    await misbehave(server, "expire-tokens");
    expect(await member()).toMatchObject({ ok: true });
    const { calls } = (await (await fetch(`${server.url}/inbox`)).json()) as { calls: { gettoken: number } };
    expect(calls.gettoken).toBe(2);
    await server.stop();
    await start({ tokenSeconds: 0 });
    expect(await chat().member("any")).toMatchObject({ refusal: { code: "staff-sign-in.unreachable" } });
  });

  it.each(["500", "busy", "rate-limit"])("told to %s is refused, not a fault", async (mode) => {
    const code = (await codeFor("s440600-011")) ?? "";
    await misbehave(server, mode);
    expect(await chat().member(code)).toMatchObject({ refusal: { code: "staff-sign-in.unreachable" } });
  });

  it("that is not there, or does not know our secret, is refused", async () => {
    const nowhere = chat({ baseUrl: "http://127.0.0.1:9" });
    expect(await nowhere.member("any")).toMatchObject({ refusal: { code: "staff-sign-in.unreachable" } });
    const stranger = chat({ corpsecret: "another" });
    expect(await stranger.member("any")).toMatchObject({ refusal: { code: "staff-sign-in.unreachable" } });
  });
});

it("answers as the real interface does", async () => {
  const info = async (query: string) => (await fetch(`${server.url}/cgi-bin/auth/getuserinfo?${query}`)).json();
  const token = (await (
    await fetch(`${server.url}/cgi-bin/gettoken?corpid=${app.corpid}&corpsecret=${app.corpsecret}`)
  ).json()) as { access_token: string };
  expect(await info("code=x")).toMatchObject({ errcode: 41001 });
  expect(await info("access_token=x&code=x")).toMatchObject({ errcode: 40014 });
  expect(await info(`access_token=${token.access_token}&code=x`)).toEqual({ errcode: 40029, errmsg: "invalid code" });
});
