import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kuaidi100Tracker } from "#functions/logistics/adapters/kuaidi100-tracker.ts";
import { listen, type Running, readText } from "#local/outside/http-server.ts";
import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";
import { wire } from "#shared/runtime/provider-call.ts";

/**
 * Kuaidi100's subscription (https://api.kuaidi100.com/document/5f0ffa8f2977d50a94e1023c, "订阅请求"): a form of schema and param; the
 * return codes are those of its table. Its answers are written down from that, not captured.
 */
let tracker: Running;
let asked: { readonly schema: string; readonly param: Record<string, unknown> }[] = [];
let answer: () => Promise<{ status: number; body: string }>;
const says = (returnCode: string) => {
  const said = { result: returnCode === "200", returnCode, message: "" };
  answer = async () => ({ status: 200, body: JSON.stringify(said) });
};

beforeAll(async () => {
  tracker = await listen(0, async (request, response) => {
    const form = new URLSearchParams(await readText(request));
    asked.push({ schema: form.get("schema") ?? "", param: JSON.parse(form.get("param") ?? "{}") });
    const { status, body } = await answer();
    response.writeHead(status).end(body);
  });
});
afterAll(() => tracker.stop());

/** @param timeout milliseconds: short only where nothing answers */
const subscribe = (timeout = 3_000) => {
  asked = [];
  return kuaidi100Tracker({
    settings: { url: tracker.url, key: "account-key" },
    pushTo: "https://city.example/callbacks/logistics/kuaidi100",
    saltOf: (number) => `salt of ${number}`,
    wire: wire(timeout),
  }).subscribe({ code: "shunfeng", number: "SF7444400031887", phone: "13800138000" });
};

describe("a subscription at Kuaidi100", () => {
  it("says whose number it is, where to push, with which salt, and the phone that SF's numbers need", async () => {
    says("200");
    expect(await subscribe()).toBe("followed");
    expect(asked).toMatchObject([
      {
        schema: "json",
        param: {
          company: "shunfeng",
          number: "SF7444400031887",
          key: "account-key",
          parameters: {
            callbackurl: "https://city.example/callbacks/logistics/kuaidi100",
            salt: "salt of SF7444400031887",
            phone: "13800138000",
          },
        },
      },
    ]);
  });

  it.each([
    ["200", "followed"],
    ["501", "followed"],
    ["700", "refused"],
    ["701", "refused"],
    ["702", "refused"],
  ])("that is answered %s is %s", async (code, expected) => {
    says(code);
    expect(await subscribe()).toBe(expected);
  });

  it.each([["500"], ["600"], ["601"], ["999"]])("that is answered %s is tried again later", async (code) => {
    says(code);
    await expect(subscribe()).rejects.toThrow(ProviderUnavailable);
  });

  it.each([
    ["a page of a proxy", { status: 200, body: "<html/>" }],
    ["another object", { status: 200, body: "{}" }],
    ["too many requests", { status: 429, body: "" }],
    ["a fault", { status: 500, body: "" }],
    ["another place", { status: 404, body: "{}" }],
  ])("that is answered with %s is tried again later", async (_, wrong) => {
    answer = async () => wrong;
    await expect(subscribe()).rejects.toThrow();
  });

  it("that is not answered in time is tried again later", async () => {
    answer = () => new Promise(() => {});
    await expect(subscribe(300)).rejects.toThrow(ProviderUnavailable);
  });
});
