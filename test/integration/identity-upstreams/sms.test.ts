import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { smsMessages } from "#functions/identity/upstreams/sms-messages.ts";
import type { Running } from "#local/outside/http-server.ts";
import { type Inbox, startSmsGateway } from "#local/outside/sms-gateway.ts";
import { logger } from "#shared/runtime/logger.ts";
import { misbehave } from "./province.ts";

const secret = "shared with the gateway, long enough";
const code = { phone: "13800000001", code: "402913", purpose: "register", minutes: 5 } as const;
const quick = { pauseMs: 1, timeoutMs: 20_000 };

let server: Running;
beforeEach(async () => {
  server = await startSmsGateway({ appId: "yimen", secret, port: 0 });
});
afterEach(() => {
  vi.restoreAllMocks();
  return server.stop();
});

const messages = (more: object = {}, times: object = quick) =>
  smsMessages({ url: server.url, appId: "yimen", secret, templates: {}, ...more }, times);
const inbox = async (phone = ""): Promise<Inbox> =>
  (await (await fetch(`${server.url}/inbox?phone=${phone}`)).json()) as Inbox;

describe("a text message", () => {
  it("reaches the phone it is for, with the code in it", async () => {
    expect(await messages().sendCode(code)).toEqual({ result: "sent" });
    expect(await messages().sendNotice({ phone: "13800000002", notice: "password-changed" })).toEqual({
      result: "sent",
    });
    const { messages: shown } = await inbox("13800000001");
    expect(shown).toMatchObject([{ to: "13800000001", template: "code.register", params: { code: "402913" } }]);
    expect(shown[0]?.text).toContain("验证码402913，5分钟内有效");
    expect((await inbox()).messages).toHaveLength(2);
    expect(await (await fetch(`${server.url}/?phone=13800000001`)).text()).toContain("402913");
  });

  it("goes by the operator's own template number", async () => {
    await messages({ templates: { "code.register": "SMS_1001" } }).sendCode(code);
    expect((await inbox()).messages).toMatchObject([{ template: "SMS_1001" }]);
  });

  it("whose answer is lost is sent again, and shown once", async () => {
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"lost-answer","times":2}' });
    expect(await messages().sendCode(code)).toEqual({ result: "sent" });
    const { messages: shown, calls } = await inbox();
    expect(shown).toHaveLength(1);
    expect(calls).toBe(3);
  });

  it("said twice is sent twice", async () => {
    const operator = messages();
    await operator.sendCode(code);
    await operator.sendCode(code);
    expect((await inbox()).messages).toHaveLength(2);
  });
});

describe("a gateway in trouble", () => {
  it.each([
    ["500", "unavailable", 3],
    ["down", "unavailable", 3],
    ["rate-limit", "unavailable", 1],
    ["refuse", "refused", 1],
  ])("told to %s is answered with %s after %i calls", async (mode, result, calls) => {
    await misbehave(server, mode);
    expect(await messages().sendCode(code)).toEqual({ result });
    const seen = await inbox();
    expect(seen.messages).toHaveLength(0);
    expect(seen.calls).toBe(calls);
  });

  it("that is slow is not waited for", async () => {
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"slow","milliseconds":1000}' });
    expect(await messages({}, { pauseMs: 1, timeoutMs: 100 }).sendCode(code)).toEqual({ result: "unavailable" });
  });

  it("that fails once is tried again", async () => {
    await fetch(`${server.url}/misbehave`, { method: "POST", body: '{"mode":"500","times":1}' });
    expect(await messages().sendCode(code)).toEqual({ result: "sent" });
  });

  it("that is not there is unavailable", async () => {
    expect(await messages({ url: "http://127.0.0.1:9" }).sendCode(code)).toEqual({ result: "unavailable" });
  });
});

describe("a signature", () => {
  it.each([
    ["by another secret", { secret: "another secret, just as long as it" }, {}],
    ["of another app", { appId: "someone" }, {}],
    ["of an hour ago", {}, { now: () => Date.now() - 3_600_000 }],
  ])(
    "%s is refused: not tried again, logged for a person to see to, and no fault of the request",
    async (_, more, times) => {
      const logged = vi.spyOn(logger, "error");
      const operator = messages(more, { ...quick, ...times });
      expect(await operator.sendCode(code)).toEqual({ result: "unavailable" });
      expect(await inbox()).toMatchObject({ messages: [], calls: 1, unsigned: 1 });
      expect(await operator.sendNotice({ phone: "13800000001", notice: "password-changed" })).toEqual({
        result: "unavailable",
      });
      expect(logged.mock.calls.map(([said]) => said)).toEqual(["message.not-accepted", "message.not-accepted"]);
      expect(JSON.stringify(logged.mock.calls)).not.toMatch(/13800000001|402913/);
    },
  );

  it("does not do for another body", async () => {
    const text = JSON.stringify({ to: "13800000001", template: "code.register", params: {} });
    let headers: Record<string, string> = {};
    const genuine = globalThis.fetch;
    globalThis.fetch = (async (url: string, init: RequestInit) => {
      headers = init.headers as Record<string, string>;
      return genuine(url, init);
    }) as typeof fetch;
    await messages().sendCode(code);
    globalThis.fetch = genuine;
    const altered = await fetch(`${server.url}/messages`, { method: "POST", headers, body: text });
    expect(altered.status).toBe(401);
  });
});
