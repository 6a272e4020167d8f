import { describe, expect, it } from "vitest";
import { onShipmentChanged } from "#functions/logistics/consumers/on-shipment-changed.ts";
import type { Push } from "#functions/logistics/domain/follow-parcel.ts";
import { parcelState } from "#functions/logistics/domain/track.ts";
import { logisticsEndpoints } from "#functions/logistics/http/index.ts";
import { takeCarrierPush } from "#functions/logistics/steps/take-push.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import * as contracts from "#shared/contracts/http/logistics.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { address, CASE, caseFacts, logisticsStage, NUMBERS, START } from "#test/support/logistics.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const TRUE_NUMBER = "LK434266017CN";
const hours = (n: number): string => new Date(Date.parse(START) + n * 3_600_000).toISOString();
const clerk: Verdict = {
  client: "workbench",
  staff: "ss-sj-0102",
  scopes: "shipments:manage applications:read shipments:request",
  department: "11440606MB2D26310W",
  division: "440606",
};

const told = (
  number: string,
  ...states: readonly ("collected" | "out-for-delivery" | "delivered" | "returned")[]
): Push => ({
  source: "ems",
  number,
  report: {
    kind: "increment",
    events: states.map((state, n) => ({
      key: `${hours(n + 1)}#${state}`,
      at: hours(n + 1),
      state,
      text: `${number} 的收件人王某`,
      code: state,
      source: "ems",
    })),
    voided: [],
  },
});

/** Two cases whose results were sent; the first under a number that is not its own. */
const stage = async (number: string = NUMBERS.ems) => {
  const all = logisticsStage();
  const { deps } = all;
  const lambda = httpLambda(logisticsEndpoints(deps));
  let keys = 0;
  const ask = async (contract: Pick<Route, "method" | "path">, id: string, body?: unknown, key = `k-${++keys}`) =>
    said(
      await lambda(
        requestTo(contract, {
          params: { id },
          verdict: clerk,
          headers: { "idempotency-key": key },
          ...(body !== undefined && { body }),
        }),
      ),
    );
  const another = `${CASE.slice(0, -1)}${CASE.endsWith("0") ? "1" : "0"}`;
  const readyOf = async (application: string) => {
    await deps.cases.keep(caseFacts({ id: application, status: "decided" }));
    const body = { direction: "to-applicant", address: address(), carrier: "ems", payment: "on-delivery" };
    return (await ask(contracts.requestShipment, application, body)).body.id as string;
  };
  const [id, other] = [await readyOf(CASE), await readyOf(another)];
  const send = (shipment: string, typed: string) =>
    ask(contracts.sendShipment, shipment, { by: { how: "waybill", carrier: "ems", number: typed } });
  await send(id, number);
  const correct = (more: object = {}, key?: string) =>
    ask(
      contracts.settleShipment,
      id,
      { action: "correct-waybill", reason: "录错单号", carrier: "ems", number: TRUE_NUMBER, ...more },
      key,
    );
  const push = (each: Push) => takeCarrierPush(deps, each);
  /** What follows the events of the change. */
  const follow = async () => {
    const last = all.published().filter(({ type }) => type === "gov.yimen.shipment.attention-settled.v1");
    expect((await onShipmentChanged(deps)(fromBus(...last), context)).batchItemFailures).toEqual([]);
  };
  const parcel = async () => (await deps.shipments.find(id)) ?? expect.fail("no shipment");
  return { ...all, id, other, ask, send, correct, push, follow, parcel };
};

describe("a waybill that was typed wrongly", () => {
  it("is corrected; nothing of the stranger's journey is left, and its end concludes nothing", async () => {
    const { correct, push, parcel, published, ask, id, follow } = await stage();
    await push(told(NUMBERS.ems, "collected", "returned"));
    expect((await parcel()).attentions).toEqual(["returned"]);
    const answer = await correct();
    expect(answer.body).toMatchObject({ status: "sent", waybill: TRUE_NUMBER });
    await follow();
    await push(told(NUMBERS.ems, "collected", "out-for-delivery", "delivered"));
    expect(await parcel()).toMatchObject({
      status: "sent",
      attentions: [],
      parcel: { waybill: TRUE_NUMBER, track: { events: [] } },
      earlier: [{ waybill: NUMBERS.ems, mistyped: true, track: { events: [] } }],
    });
    expect(published().map(({ type }) => type)).not.toContain("gov.yimen.shipment.delivered.v1");
    const { text } = await ask(contracts.readShipment, id);
    for (const stranger of ["王某", NUMBERS.ems]) expect(text).not.toContain(stranger);
  });

  it("is corrected once, whatever is repeated, and keeps who did it and why", async () => {
    const { correct, parcel } = await stage();
    const [one, two] = [await correct({}, "same"), await correct({}, "same")];
    expect(two.text).toBe(one.text);
    const { earlier, steps } = await parcel();
    expect(earlier).toHaveLength(1);
    expect(steps.at(-1)).toMatchObject({
      step: "waybill-corrected",
      reason: "录错单号",
      by: { officer: "ss-sj-0102" },
    });
  });

  it("takes what was told of the true number before", async () => {
    const { correct, push, parcel, follow, published } = await stage();
    expect(await push(told(TRUE_NUMBER, "collected", "out-for-delivery", "delivered"))).toBe("parked");
    await correct();
    await follow();
    expect((await parcel()).status).toBe("delivered");
    await follow();
    expect(published().filter(({ type }) => type === "gov.yimen.shipment.delivered.v1")).toHaveLength(1);
  });

  it("takes it again when it bears that number again", async () => {
    const { correct, push, parcel, follow } = await stage();
    expect(await push(told(TRUE_NUMBER, "collected", "out-for-delivery"))).toBe("parked");
    await correct();
    await follow();
    const before = await parcel();
    await correct({ number: NUMBERS.ems });
    expect(await parcel()).toMatchObject({ parcel: { waybill: NUMBERS.ems, track: { events: [] } } });
    await correct();
    await follow();
    expect(await parcel()).toMatchObject({ parcel: { waybill: TRUE_NUMBER, track: { events: [{}, {}] } } });
    expect(before).toMatchObject({ parcel: { track: { events: [{}, {}] } } });
  });

  it("goes back to whose it is, with the news of it", async () => {
    const { correct, push, send, other, follow, deps, parcel } = await stage();
    expect((await send(other, NUMBERS.ems)).body.type).toBe("/problems/shipment.waybill-in-use");
    await correct();
    // Between the correction and what follows it, too, nothing told of it is lost.
    expect(await push(told(NUMBERS.ems, "collected"))).toBe("parked");
    await follow();
    expect(await push(told(NUMBERS.ems, "out-for-delivery"))).toBe("parked");
    expect((await send(other, NUMBERS.ems)).status).toBe(200);
    await push(told(NUMBERS.ems, "collected", "out-for-delivery", "delivered"));
    expect((await deps.shipments.find(other))?.status).toBe("delivered");
    expect((await parcel()).status).toBe("sent");
    // Told again, the correction takes nothing from its new owner.
    await follow();
    expect(await deps.waybills.find(NUMBERS.ems)).toBe(other);
  });

  it("that was entered under another carrier than its own gets what its own had told", async () => {
    const number = "7312345678901";
    const { correct, push, parcel, follow, deps, id } = await stage();
    await correct({ carrier: "zto", number });
    await follow();
    await push(told(number, "collected", "out-for-delivery"));
    expect(await parcel()).toMatchObject({ parcel: { carrier: "zto", track: { events: [] } } });
    await correct({ carrier: "ems", number });
    await follow();
    expect(await parcel()).toMatchObject({
      parcel: { carrier: "ems", track: { events: [{ state: "collected" }, { state: "out-for-delivery" }] } },
    });
    expect(await deps.waybills.find(number)).toBe(id);
  });

  it("keeps what its carrier told, who tells it once, when only the carrier's name was wrong", async () => {
    const { correct, push, parcel, follow } = await stage();
    await push(told(NUMBERS.ems, "collected", "out-for-delivery"));
    expect((await correct({ carrier: "post", number: NUMBERS.ems })).status).toBe(200);
    await follow();
    expect(await parcel()).toMatchObject({
      status: "sent",
      parcel: { carrier: "post", track: { events: [{ state: "collected" }, { state: "out-for-delivery" }] } },
      earlier: [],
    });
    await push({ ...told(NUMBERS.ems, "collected", "out-for-delivery", "delivered") });
    expect((await parcel()).status).toBe("delivered");
  });

  it("is not set back by an older full list that was parked and is taken after a live one", async () => {
    const { correct, push, parcel, follow } = await stage();
    const list = (correction: boolean, ...states: Parameters<typeof told>[1][]): Push => {
      const { report } = told(NUMBERS.yto, ...states);
      const events = report.events.map((event) => ({ ...event, source: "kuaidi100" as const }));
      return { source: "kuaidi100", number: NUMBERS.yto, report: { kind: "full", events, correction } };
    };
    expect(await push(list(true, "collected"))).toBe("parked");
    await correct({ carrier: "yto", number: NUMBERS.yto });
    expect(await push(list(false, "collected", "out-for-delivery"))).toBe("applied");
    await follow();
    expect(await parcel()).toMatchObject({
      parcel: { track: { events: [{ state: "collected" }, { state: "out-for-delivery" }], voided: [] } },
    });
  });

  it("may turn out to have been right after all", async () => {
    const { correct, push, follow, parcel, deps, id } = await stage();
    await correct();
    await correct({ number: NUMBERS.ems, reason: "原单号无误" });
    await follow();
    expect(await deps.waybills.find(NUMBERS.ems)).toBe(id);
    expect(await deps.waybills.find(TRUE_NUMBER)).toBeUndefined();
    await push(told(NUMBERS.ems, "collected", "delivered"));
    expect((await parcel()).status).toBe("delivered");
  });

  it("has the true number followed by the tracker, not the answer to the question about the wrong one", async () => {
    const { correct, follow, parcel, deps, subscriptions } = await stage();
    let asked = false;
    const { subscribe } = deps.tracker;
    deps.tracker.subscribe = async (subscription) => {
      if (!asked) {
        asked = true;
        await correct({ carrier: "yto", number: "YT1234567890999" });
      }
      return subscribe(subscription);
    };
    await correct({ carrier: "yto", number: NUMBERS.yto });
    await follow();
    expect(await parcel()).toMatchObject({ parcel: { waybill: "YT1234567890999", following: { state: "wanted" } } });
    await follow();
    expect(subscriptions.map(({ number }) => number)).toContain("YT1234567890999");
    expect(await parcel()).toMatchObject({ parcel: { waybill: "YT1234567890999", following: { state: "followed" } } });
  });

  it.each([
    [{ number: NUMBERS.ems }, 409, "shipment.nothing-to-settle"],
    [{ number: "123456" }, 422, "shipment.waybill-malformed"],
    [{ carrier: "sf" }, 422, "shipment.waybill-malformed"],
  ])("is not corrected by %j", async (more, status, code) => {
    const { correct } = await stage();
    const answer = await correct(more);
    expect([answer.status, answer.body.type]).toEqual([status, `/problems/${code}`]);
  });

  it("is not corrected to another shipment's, nor before it is sent, nor after it was delivered", async () => {
    const { correct, send, other, push, parcel, ask } = await stage();
    const body = { action: "correct-waybill", reason: "录错单号", carrier: "ems", number: TRUE_NUMBER };
    expect((await ask(contracts.settleShipment, other, body)).body.type).toBe("/problems/shipment.not-sent");
    await send(other, TRUE_NUMBER);
    expect((await correct()).body.type).toBe("/problems/shipment.waybill-in-use");
    await push(told(NUMBERS.ems, "delivered"));
    expect((await parcel()).status).toBe("delivered");
    expect((await correct({ number: "LK434266025CN" })).body.type).toBe("/problems/shipment.already-delivered");
  });

  it("needs its number said", async () => {
    const { ask, id } = await stage();
    const answer = await ask(contracts.settleShipment, id, { action: "correct-waybill", reason: "录错单号" });
    expect(answer.status).toBe(422);
  });

  it("leaves the next state to the true parcel", async () => {
    const { correct, push, parcel } = await stage();
    await push(told(NUMBERS.ems, "collected", "out-for-delivery"));
    await correct();
    const shipment = await parcel();
    expect("parcel" in shipment && parcelState(shipment.parcel.track)).toBeUndefined();
    await push(told(TRUE_NUMBER, "collected"));
    expect(await parcel()).toMatchObject({ parcel: { track: { events: [{ state: "collected" }] } } });
  });
});
