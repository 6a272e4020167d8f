import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type WecomOptions, wecomChat } from "#functions/notifications/adapters/wecom-chat.ts";
import { backoffSeconds } from "#functions/notifications/domain/pace.ts";
import { type ShownCard, startWecomServer, type WecomServerOptions } from "#local/outside/wecom-server.ts";

const app = { corpid: "ww-city", corpsecret: "secret-of-the-app", agentid: 1000002 };
const card = {
  title: "有新办件待受理",
  description: "食品经营许可（新办）\n办件编号：N",
  url: "https://city.example/cases/1",
  urgent: false,
};
const message = { id: "01KB0M6A4B5C6D7E8F9G0H1J2K", at: "2026-11-24T02:33:00.000Z", card };
const another = {
  ...message,
  id: "01KB0M6A4B5C6D7E8F9G0H1J2M",
  card: { ...card, url: "https://city.example/cases/2" },
};
const taken = { result: "shown" };

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
  it("reaches its member, all of them with one token", async () => {
    const officials = chat();
    expect(
      await Promise.all([
        officials.show(message, "Wang-01"),
        officials.show(message, "li-02"),
        officials.show(another, "li-02"),
      ]),
    ).toEqual([taken, taken, taken]);
    const { cards, calls } = await inbox();
    expect(cards.map(({ user, title, url }) => [user, title, url]).sort()).toEqual([
      ["Wang-01", card.title, card.url],
      ["li-02", card.title, card.url],
      ["li-02", card.title, another.card.url],
    ]);
    expect(calls).toEqual({ gettoken: 1, send: 3 });
    expect((await inbox("wang-01")).cards).toHaveLength(1);
  });

  it("to somebody the chat does not know is told from one that it refuses", async () => {
    expect(await chat().show(message, "Zhao-09")).toEqual({ result: "unknown-member" });
    expect((await inbox()).cards).toEqual([]);
  });

  it.each([false, true])("sent again as often as it is in four hours is shown once (buttons: %s)", async (buttons) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(message.at) });
    onTestFinished(() => void vi.useRealTimers());
    const sent = { ...message, card: { ...card, claim: "CASE" } };
    const officials = chat({ buttons });
    // The chat takes it, and its answer is lost every time.
    let tries = 0;
    for (let seconds = 0; seconds < 14_400; seconds += backoffSeconds(++tries)) {
      vi.setSystemTime(Date.parse(message.at) + seconds * 1000);
      await officials.show(sent, "li-02");
    }
    const { cards, calls } = await inbox();
    expect(cards).toHaveLength(1);
    expect(calls.send).toBe(tries);
    expect(tries).toBeGreaterThan(7);
  });

  it.each([false, true])("that says the same of another moment is shown too (buttons: %s)", async (buttons) => {
    const released = { ...message, card: { ...card, claim: "CASE" } };
    const again = { ...released, id: another.id, at: "2026-11-24T02:38:00.000Z" };
    for (const each of [released, again]) expect(await chat({ buttons }).show(each, "li-02")).toEqual(taken);
    expect((await inbox()).cards.map(({ description }) => /10:\d\d:00/.exec(description)?.[0])).toEqual([
      "10:33:00",
      "10:38:00",
    ]);
  });

  it("is cut to the limits of the chat, and what looks like HTML is shown as text", async () => {
    const long = { ...card, title: "标".repeat(100), description: `<b>&${"述".repeat(300)}` };
    await chat().show({ ...message, card: long }, "li-02");
    const [shown] = (await inbox()).cards;
    expect(Buffer.byteLength(shown?.title ?? "")).toBeLessThanOrEqual(128);
    expect(shown?.title).toMatch(/^标{41}…$/);
    expect(Buffer.byteLength(shown?.description ?? "")).toBeLessThanOrEqual(512);
    expect(shown?.description).toMatch(/^<div class="gray">2026-11-24 10:33:00<\/div>＜b＞＆述+…$/);
  });
});

describe("a token", () => {
  it("that dies early is fetched again once", async () => {
    const officials = chat();
    await officials.show(message, "li-02");
    await misbehave({ mode: "expire-tokens" });
    await officials.show(another, "li-02");
    expect((await inbox()).calls).toEqual({ gettoken: 2, send: 3 });
  });

  it("that is dead at once is not fetched for ever", async () => {
    await server.stop();
    await start({ tokenSeconds: 0 });
    await expect(chat().show(message, "li-02")).rejects.toMatchObject({ errcode: 42001 });
    expect((await inbox()).calls).toEqual({ gettoken: 2, send: 2 });
  });

  it("is fetched anew shortly before it expires", async () => {
    let now = Date.now();
    const officials = chat({ now: () => now });
    await officials.show(message, "li-02");
    now += (7200 - 299) * 1000;
    await officials.show(message, "li-02");
    expect((await inbox()).calls.gettoken).toBe(2);
  });

  it("is not given to a wrong secret", async () => {
    const wrong = chat({ app: { ...app, corpsecret: "wrong" } });
    await expect(wrong.show(message, "li-02")).rejects.toMatchObject({ errcode: 40001 });
  });
});

describe("a chat in trouble", () => {
  it("that is busy is asked three times more", async () => {
    await misbehave({ mode: "busy", times: 3 });
    expect(await chat().show(message, "li-02")).toEqual(taken);
    await misbehave({ mode: "busy" });
    await expect(chat().show(message, "li-02")).rejects.toMatchObject({ errcode: -1 });
    expect((await inbox()).calls.send).toBe(1);
  });

  it.each([
    [{ mode: "rate-limit" }, { errcode: 45009 }],
    [{ mode: "unknown-address" }, { errcode: 60020 }],
    [{ mode: "500" }, { message: expect.stringContaining("500") }],
  ])("told to %j makes the message wait for its retry", async (wrong, error) => {
    await misbehave(wrong);
    await expect(chat().show(message, "li-02")).rejects.toMatchObject(error);
    await misbehave({ mode: "none" });
    expect(await chat().show(message, "li-02")).toEqual(taken);
  });

  it("with this very card says so, with its reason, and takes the next", async () => {
    await misbehave({ mode: "refuse", times: 1 });
    expect(await chat().show(message, "li-02")).toEqual({ result: "refused", code: 40058 });
    expect(await chat().show(another, "li-02")).toEqual(taken);
  });

  it("never lets the secret into an error", async () => {
    await server.stop();
    const error = await chat()
      .show(message, "li-02")
      .catch((reason: Error) => reason);
    expect(JSON.stringify([String(error), String((error as Error).cause), (error as Error).stack])).not.toContain(
      app.corpsecret,
    );
    await start();
  });
});
