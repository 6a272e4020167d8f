import { describe, expect, it } from "vitest";
import { sfOrders } from "#functions/logistics/adapters/sf-orders.ts";
import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";
import { address, counter } from "#test/support/logistics.ts";

const settings = {
  url: "https://sf.example/std/service",
  partnerId: "YIMEN",
  checkword: "check",
  monthlyCard: "7571234567",
  expressType: 1,
};

/**
 * Written from memory of SF's open platform, not captured: an envelope with the result as text, as public integrations read it too; of
 * the codes only A1000 and S0000 are sure.
 */
const answered = (errorCode: string, number?: string, more: object = {}) => ({
  apiResultCode: "A1000",
  apiErrorMsg: "",
  apiResultData: JSON.stringify({
    success: errorCode === "S0000",
    errorCode,
    msgData: number ? { waybillNoInfoList: [{ waybillType: 1, waybillNo: number }] } : null,
  }),
  ...more,
});

const sf = (...answers: readonly (object | string | number | Error)[]) => {
  const asked: { serviceCode: string; msgData: Record<string, unknown> }[] = [];
  const wire = {
    timeout: 100,
    fetch: async (_url: unknown, init?: RequestInit) => {
      const form = init?.body as URLSearchParams;
      asked.push({ serviceCode: form.get("serviceCode") ?? "", msgData: JSON.parse(form.get("msgData") ?? "") });
      const answer = answers[asked.length - 1];
      if (answer instanceof Error) throw answer;
      if (typeof answer === "number") return new Response("", { status: answer });
      return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
    },
  };
  return { asked, orders: sfOrders(settings, wire as Parameters<typeof sfOrders>[1]) };
};
const order = { reference: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D-0", from: counter(), to: address(), paidBy: "sender" } as const;

describe("orders with SF", () => {
  it("bring the main waybill", async () => {
    const { orders, asked } = sf(answered("S0000", "SF7444400031887"));
    expect(await orders.place("sf", order)).toEqual({ number: "SF7444400031887" });
    expect(asked).toMatchObject([
      { serviceCode: "EXP_RECE_CREATE_ORDER", msgData: { orderId: order.reference, monthlyCard: "7571234567" } },
    ]);
  });

  it("that were placed before are asked for, so that a repeat is no dead end", async () => {
    const { orders, asked } = sf(answered("8016"), answered("S0000", "SF7444400031887"));
    expect(await orders.place("sf", order)).toEqual({ number: "SF7444400031887" });
    expect(asked[1]).toMatchObject({
      serviceCode: "EXP_RECE_SEARCH_ORDER_RESP",
      msgData: { searchType: "1", orderId: order.reference },
    });
  });

  it("that it will not take are an answer", async () => {
    expect(await sf(answered("8114")).orders.place("sf", order)).toEqual({ refused: "8114" });
    expect(await sf(answered("8016"), answered("8177")).orders.place("sf", order)).toEqual({ refused: "8177" });
  });

  it.each([
    ["does not answer", new TypeError("fetch failed")],
    ["is overloaded", 503],
    ["does not know the address", 404],
    ["has a proxy answer", "<html>502</html>"],
    ["answers something else", { hello: 1 }],
    ["does not take our signature", answered("", undefined, { apiResultCode: "A1006", apiResultData: "" })],
    ["is in trouble itself", answered("S0001")],
    ["has no result", answered("S0000", undefined, { apiResultData: "" })],
    ["gives no waybill", answered("S0000")],
  ])("are unavailable when it %s", async (_, answer) => {
    await expect(sf(answer).orders.place("sf", order)).rejects.toThrow(ProviderUnavailable);
  });
});
