import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type WecomOptions, wecomChat } from "#functions/notifications/adapters/wecom-chat.ts";
import { type ShownCard, startWecomServer, type WecomServerOptions } from "#local/outside/wecom-server.ts";

const app = { corpid: "ww-city", corpsecret: "secret-of-the-app", agentid: 1000002 };
const card = {
  title: "有新办件待受理",
  description: "食品经营许可（新办）\n办件编号：N",
  url: "https://city.example/cases/1",
  urgent: false,
};

type Server = Awaited<ReturnType<typeof startWecomServer>>;
let server: Server;
const start = async (more: Partial<WecomServerOptions> = {}): Promise<void> => {
  server = await startWecomServer({
    corpId: app.corpid,
    corpSecret: app.corpsecret,
    agentId: app.agentid,
    members: ["Wang-01", "li-02"],
    port: 0,
    ...more,
  });
};
beforeEach(() => start());
afterEach(() => server.stop());

const chat = (more: Partial<WecomOptions> = {}) => wecomChat({ app, baseUrl: server.url, pauseMs: 1, ...more });
const misbehave = (body: object) => fetch(`${server.url}/misbehave`, { method: "POST", body: JSON.stringify(body) });
const inbox = async (user = "") =>
  (await (await fetch(`${server.url}/inbox?user=${user}`)).json()) as {
    cards: ShownCard[];
    calls: { gettoken: number; send: number };
  };

describe("a card", () => {
  it("reaches each member, with one token and one call", async () => {
    const officials = chat();
    expect(await officials.show(card, ["Wang-01", "li-02"])).toEqual({ invalid: [] });
    await officials.show({ ...card, url: "https://city.example/cases/2" }, ["li-02"]);
    const { cards, calls } = await inbox();
    expect(cards.map(({ user, title, url }) => [user, title, url])).toEqual([
      ["Wang-01", card.title, card.url],
      ["li-02", card.title, card.url],
      ["li-02", card.title, "https://city.example/cases/2"],
    ]);
    expect(calls).toEqual({ gettoken: 1, send: 2 });
    expect((await inbox("wang-01")).cards).toHaveLength(1);
  });

  it("names those the chat does not know, as we write them", async () => {
    expect(await chat().show(card, ["Wang-01", "Zhao-09"])).toEqual({ invalid: ["Zhao-09"] });
    expect(await chat().show(card, ["Zhao-09", "Sun-10"])).toEqual({ invalid: ["Zhao-09", "Sun-10"] });
    expect((await inbox()).cards).toHaveLength(1);
  });

  it("sent again within half an hour is shown once", async () => {
    const officials = chat();
    await officials.show(card, ["li-02"]);
    await officials.show(card, ["li-02"]);
    const { cards, calls } = await inbox();
    expect(cards).toHaveLength(1);
    expect(calls.send).toBe(2);
  });

  it("is cut to the limits of the chat, and what looks like HTML is shown as text", async () => {
    await chat().show({ ...card, title: "标".repeat(100), description: `<b>&${"述".repeat(300)}` }, ["li-02"]);
    const [shown] = (await inbox()).cards;
    expect(Buffer.byteLength(shown?.title ?? "")).toBeLessThanOrEqual(128);
    expect(shown?.title).toMatch(/^标{41}…$/);
    expect(Buffer.byteLength(shown?.description ?? "")).toBeLessThanOrEqual(512);
    expect(shown?.description).toMatch(/^＜b＞＆述+…$/);
  });
});

describe("a token", () => {
  it("that dies early is fetched again once", async () => {
    const officials = chat();
    await officials.show(card, ["li-02"]);
    await misbehave({ mode: "expire-tokens" });
    await officials.show({ ...card, url: "https://city.example/cases/2" }, ["li-02"]);
    expect((await inbox()).calls).toEqual({ gettoken: 2, send: 3 });
  });

  it("that is dead at once is not fetched for ever", async () => {
    await server.stop();
    await start({ tokenSeconds: 0 });
    await expect(chat().show(card, ["li-02"])).rejects.toMatchObject({ errcode: 42001 });
    expect((await inbox()).calls).toEqual({ gettoken: 2, send: 2 });
  });

  it("is fetched anew shortly before it expires", async () => {
    let now = Date.now();
    const officials = chat({ now: () => now });
    await officials.show(card, ["li-02"]);
    now += (7200 - 299) * 1000;
    await officials.show(card, ["li-02"]);
    expect((await inbox()).calls.gettoken).toBe(2);
  });

  it("is not given to a wrong secret", async () => {
    const wrong = chat({ app: { ...app, corpsecret: "wrong" } });
    await expect(wrong.show(card, ["li-02"])).rejects.toMatchObject({ errcode: 40001 });
  });
});

describe("a chat in trouble", () => {
  it("that is busy is asked three times more", async () => {
    await misbehave({ mode: "busy", times: 3 });
    expect(await chat().show(card, ["li-02"])).toEqual({ invalid: [] });
    await misbehave({ mode: "busy" });
    await expect(chat().show(card, ["li-02"])).rejects.toMatchObject({ errcode: -1 });
    expect((await inbox()).calls.send).toBe(1);
  });

  it.each([
    [{ mode: "rate-limit" }, { errcode: 45009 }],
    [{ mode: "500" }, { message: expect.stringContaining("500") }],
  ])("told to %j makes the message wait for its retry", async (wrong, error) => {
    await misbehave(wrong);
    await expect(chat().show(card, ["li-02"])).rejects.toMatchObject(error);
    await misbehave({ mode: "none" });
    expect(await chat().show(card, ["li-02"])).toEqual({ invalid: [] });
  });

  it("never lets the secret into an error", async () => {
    await server.stop();
    const error = await chat()
      .show(card, ["li-02"])
      .catch((reason: Error) => reason);
    expect(JSON.stringify([String(error), String((error as Error).cause), (error as Error).stack])).not.toContain(
      app.corpsecret,
    );
    await start();
  });
});
