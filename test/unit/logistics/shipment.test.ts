import { describe, expect, it } from "vitest";
import { tasksOf } from "#functions/logistics/adapters/shipment-events.ts";
import { isWaybillOf, waybillOf } from "#functions/logistics/domain/carriers.ts";
import { learn } from "#functions/logistics/domain/case-facts.ts";
import { mayCorrect } from "#functions/logistics/domain/correct-waybill.ts";
import { afterSubscription, type Push, settleShipment, takePush } from "#functions/logistics/domain/follow-parcel.ts";
import { forgetAt } from "#functions/logistics/domain/forget-shipment.ts";
import {
  afterCase,
  afterOrderClosed,
  afterPayment,
  cancelShipment,
  maySend,
  requestShipment,
  sendShipment,
} from "#functions/logistics/domain/request-shipment.ts";
import type { Change, Shipment } from "#functions/logistics/domain/shipment.ts";
import { carriage } from "#functions/logistics/domain/tariff.ts";
import { currentEvent, type ParcelState, type TrackEvent } from "#functions/logistics/domain/track.ts";
import { look, nextLookAt, reconciled, resolveDifference } from "#functions/logistics/domain/watch-shipment.ts";
import {
  address,
  byTracker,
  caseFacts,
  command,
  granted,
  NUMBERS,
  patience,
  requested,
  START,
  sentBy,
  tariff,
} from "#test/support/logistics.ts";

const hours = (n: number): string => new Date(Date.parse(START) + n * 3_600_000).toISOString();
const types = ({ events }: Change): readonly string[] => events.map(({ type }) => type);
const paid = (state: Shipment, amount: number, at = hours(1), id = `order-${amount}-${at}`): Shipment =>
  reconciled(afterPayment(state, { id, amount, at }, at) ?? fail("the payment is known"), patience).state;
const fail = (why: string): never => {
  throw new Error(why);
};

const event = (n: number, state: ParcelState): TrackEvent => ({
  key: `${hours(n)}#${state}`,
  at: hours(n),
  state,
  text: state,
  code: state,
  source: "ems",
});
const push = (events: readonly TrackEvent[], voided: readonly string[] = []): Push => ({
  source: "ems",
  number: NUMBERS.ems,
  report: { kind: "increment", events, voided },
});
const taken = (state: Shipment, ...pushes: readonly Push[]): Change =>
  pushes.reduce<Change>(
    (change, each) => granted(takePush(change.state, each, hours(40))) ?? fail("it says nothing new"),
    { state, at: START, events: [] },
  );

describe("requesting a shipment", () => {
  it.each([
    ["a result before the decision, paid on line", { status: "open" }, "online", "awaiting-payment"],
    ["a result before the decision, paid by the receiver", { status: "open" }, "on-delivery", "awaiting-result"],
    ["a result after the decision, paid by the receiver", { status: "decided" }, "on-delivery", "to-send"],
    ["a result of a concluded case", { status: "concluded" }, "on-delivery", "to-send"],
  ] as const)("%s", (_what, facts, payment, status) => {
    const { state, events } = requested({ payment }, facts);
    expect(state.status).toBe(status);
    expect(events.map(({ type }) => type)).toEqual([
      "requested",
      ...(payment === "online" ? ["fee-due"] : []),
      ...(status === "to-send" ? ["ready"] : []),
    ]);
  });

  it.each([
    [{ deliverable: false }, "to-applicant", "shipment.not-deliverable"],
    [{ deliverable: undefined }, "to-applicant", "shipment.not-deliverable"],
    [{ status: "closed" }, "to-applicant", "shipment.case-closed"],
    [{ status: "decided" }, "to-counter", "shipment.case-closed"],
  ] as const)("of a case that is %j, %s, is refused: %s", (facts, direction, code) => {
    const wish = { direction, address: address(), carrier: "ems", payment: "online" } as const;
    const decision = requestShipment({ id: "s", serial: 0 }, caseFacts(facts), wish, tariff, command());
    expect(decision).toMatchObject({ ok: false, refusal: { code } });
  });

  it("costs what the tariff says, by how far it goes; what costs nothing is owed by nobody", () => {
    expect([carriage(tariff, "ems", "440606", "440607"), carriage(tariff, "ems", "440606", "440305004")]).toEqual([
      1000, 1200,
    ]);
    expect(carriage(tariff, "ems", "440606", "110105")).toBe(2000);
    expect(requested({ carrier: "post" }).state).toMatchObject({ fee: { kind: "free", total: 0 }, status: "to-send" });
  });
});

describe("what it waits for", () => {
  it("is the payment, then the decision, then nothing", () => {
    const { state } = requested({}, { status: "open" });
    const waiting = paid(state, 1000);
    expect(waiting.status).toBe("awaiting-result");
    const ready = afterCase(waiting, caseFacts({ status: "decided" }), hours(2));
    expect(ready && types(ready)).toEqual(["ready"]);
    expect(ready && tasksOf(ready.state)).toEqual([{ kind: "send-parcel", role: "clerk" }]);
  });

  it("is the decision first when that comes first", () => {
    const { state } = requested({}, { status: "open" });
    const decided = afterCase(state, caseFacts({ status: "decided" }), hours(1));
    expect(decided?.state.status).toBe("awaiting-payment");
    expect(decided && paid(decided.state, 1000).status).toBe("to-send");
  });

  it("is still the payment when too little came", () => {
    expect(paid(requested().state, 999).status).toBe("awaiting-payment");
  });

  it("hears of each payment once", () => {
    const { state } = requested();
    const money = { id: "o", amount: 1000, at: START };
    const once = afterPayment(state, money, START) ?? fail("not taken");
    expect(afterPayment(once.state, money, START)).toBeUndefined();
  });

  it("is over when the case closes without a result, or nobody paid", () => {
    const { state } = requested({}, { status: "open" });
    for (const change of [afterCase(state, caseFacts({ status: "closed" }), START), afterOrderClosed(state, START)])
      expect(change && [change.state.status, ...types(change)]).toEqual(["cancelled", "cancelled"]);
    expect(afterOrderClosed(paid(state, 1000), START)).toBeUndefined();
    expect(afterCase(sentBy(), caseFacts({ status: "closed" }), START)).toBeUndefined();
  });

  it("ends for materials when the decision has been made without them", () => {
    const { state } = requested({ direction: "to-counter", payment: "on-delivery" }, { status: "open" });
    expect(afterCase(state, caseFacts({ status: "decided" }), START)?.state.status).toBe("cancelled");
  });
});

describe("sending it", () => {
  it.each([
    ["ems", "LK434266003CN", true],
    ["ems", "1234567890123", true],
    ["ems", "SF7444400031887", false],
    ["sf", "SF7444400031887", true],
    ["sf", "444003079772", true],
    ["sf", "LK434266003CN", false],
    ["yto", "YT1234567890123", true],
    ["zto", "7312345678901", true],
    ["zto", "ABC", false],
  ] as const)("with %s's number %s: %s", (carrier, number, expected) => {
    expect(isWaybillOf(carrier, number)).toBe(expected);
  });

  it("writes numbers as they are on every list", () => expect(waybillOf(" lk 434266003 cn")).toBe("LK434266003CN"));

  it.each(["awaiting-payment", "awaiting-result"] as const)("is refused while it is %s", (status) => {
    const state = requested(
      { payment: status === "awaiting-payment" ? "online" : "on-delivery" },
      { status: "open" },
    ).state;
    expect(state.status).toBe(status);
    expect(maySend(state)).toMatchObject({ ok: false, refusal: { code: "shipment.not-to-send", detail: status } });
    const waybill = { carrier: "ems", number: NUMBERS.ems } as const;
    expect(sendShipment(state, waybill, { by: "nobody" }, command()).ok).toBe(false);
  });

  it("cannot be taken back any more", () => {
    expect(cancelShipment(sentBy(), undefined, command())).toMatchObject({
      refusal: { code: "shipment.already-sent" },
    });
  });
});

describe("what carriers tell", () => {
  it("moves it, and tells of each state once", () => {
    const change = taken(sentBy(), push([event(1, "collected"), event(2, "in-transit")]));
    expect(change.events).toEqual([{ type: "moved", state: "in-transit" }]);
    const late = taken(change.state, push([event(1.5, "in-transit")]));
    expect(late.events).toEqual([]);
    expect(granted(takePush(late.state, push([event(1.5, "in-transit")]), START))).toBeUndefined();
  });

  it("delivers it, with the carrier's event as proof, once", () => {
    const change = taken(sentBy(), push([event(5, "delivered")]));
    expect(change.state.status).toBe("delivered");
    expect(change.events).toEqual([{ type: "delivered", deliveredAt: hours(5) }]);
    expect(taken(change.state, push([event(6, "in-transit")]))).toMatchObject({
      events: [],
      state: { status: "delivered" },
    });
  });

  it("takes a delivery back, which needs a person, until it is delivered after all", () => {
    const delivered = taken(sentBy(), push([event(1, "collected"), event(5, "delivered")])).state;
    const back = taken(delivered, push([], [event(5, "delivered").key]));
    expect(back.state).toMatchObject({ status: "sent", attentions: ["delivery-withdrawn"] });
    expect(types(back)).toEqual(["attention-needed", "moved"]);
    const again = taken(back.state, push([event(8, "delivered")]));
    expect(again.state).toMatchObject({ status: "delivered", attentions: [] });
    expect(tasksOf(again.state)).toEqual([]);
  });

  it("brings it back, which needs a person, and it can be sent again", () => {
    const refused = taken(sentBy(), push([event(3, "refused")]));
    expect(refused.events).toEqual([{ type: "returned", how: "refused" }]);
    expect(tasksOf(refused.state)).toEqual([{ kind: "settle-parcel", role: "clerk" }]);
    const back = taken(refused.state, push([event(4, "returning")]), push([event(9, "returned")]));
    expect(back.state).toMatchObject({ status: "returned", attentions: ["refused", "returned"] });
    const again = granted(
      settleShipment(back.state, { action: "send-again", reason: "申请人更正地址" }, command(hours(10))),
    );
    expect(again.state).toMatchObject({ status: "to-send", attentions: [], earlier: [{ waybill: NUMBERS.ems }] });
    expect(types(again)).toEqual(["attention-settled", "ready"]);
  });

  it("of trouble needs a person until the parcel goes on", () => {
    const trouble = taken(sentBy(), push([event(3, "problem")]));
    expect(types(trouble)).toEqual(["moved", "attention-needed"]);
    expect(taken(trouble.state, push([event(4, "out-for-delivery")])).state.attentions).toEqual([]);
  });

  it("is believed only of their own parcels", () => {
    expect(takePush(sentBy("sf"), push([event(1, "delivered")]), START)).toMatchObject({
      refusal: { code: "push.not-its-carrier" },
    });
    const tracker: Push = { ...push([event(1, "delivered")]), source: "kuaidi100" };
    expect(takePush(sentBy(), tracker, START).ok).toBe(false);
    expect(takePush(requested().state, push([]), START)).toMatchObject({ refusal: { code: "push.not-sent" } });
  });
});

describe("the tracker's watch", () => {
  const listed = (more: Partial<Push> = {}, events: readonly TrackEvent[] = []): Push => ({
    source: "kuaidi100",
    number: NUMBERS.yto,
    report: { kind: "full", events: events.map((each) => ({ ...each, source: "kuaidi100" })), correction: false },
    ...more,
  });
  const followed = afterSubscription(sentBy("yto", byTracker), "followed", START)?.state ?? fail("it was not wanted");

  it("that is given up needs a person, once", () => {
    const change = taken(followed, listed({ aborted: true }));
    expect(change.events).toEqual([{ type: "attention-needed", what: "tracking-aborted" }]);
    expect(granted(takePush(change.state, listed({ aborted: true }), START))).toBeUndefined();
  });

  it("goes on by itself under the corrected carrier", () => {
    const { state, events } = taken(followed, listed({ aborted: true, correctedCarrier: "ems" }));
    expect(events).toEqual([]);
    expect(state).toMatchObject({ attentions: [], parcel: { following: { code: "ems", state: "followed" } } });
  });

  it("of a parcel that has arrived is not missed", () => {
    expect(taken(followed, listed({ aborted: true }, [event(3, "delivered")])).state.attentions).toEqual([]);
  });

  it("is asked for at most four times in a month", () => {
    let state = taken(followed, listed({ aborted: true })).state;
    for (let subscribed = 1; subscribed < 4; subscribed++) {
      const again = granted(
        settleShipment(state, { action: "follow-again", reason: "单号无误" }, command(hours(subscribed))),
      );
      state = afterSubscription(again.state, "followed", hours(subscribed))?.state ?? fail("it was not wanted");
    }
    const decision = settleShipment(state, { action: "follow-again", reason: "单号无误" }, command(hours(5)));
    expect(decision).toMatchObject({ refusal: { code: "shipment.not-followed" } });
    const nextMonth = settleShipment(
      state,
      { action: "follow-again", reason: "单号无误" },
      command("2026-12-01T02:00:00.000Z"),
    );
    expect(nextMonth.ok).toBe(true);
  });

  it("that is refused needs a person", () => {
    const change = afterSubscription(sentBy("yto", byTracker), "refused", START);
    expect(change?.state.attentions).toEqual(["tracking-refused"]);
  });
});

describe("settling by a person", () => {
  it("notes it, with the reason and who, and starts the wait anew", () => {
    const trouble = taken(sentBy(), push([event(3, "problem")])).state;
    const settled = granted(settleShipment(trouble, { action: "note", reason: "已联系快递员" }, command(hours(50))));
    expect(settled.state).toMatchObject({ attentions: [], parcel: { heardAt: hours(50) } });
    expect(settled.state.steps.at(-1)).toMatchObject({
      step: "settled",
      reason: "已联系快递员",
      by: { officer: "ss-sj-0102" },
    });
  });

  it("records a handover that no carrier tells of", () => {
    const change = granted(
      settleShipment(
        sentBy("ems", { by: "nobody" }),
        { action: "handed-over", reason: "电话确认本人签收" },
        command(hours(30)),
      ),
    );
    expect(types(change)).toEqual(["attention-settled", "delivered"]);
    expect(change.state.status).toBe("delivered");
  });

  it.each([
    ["note", sentBy(), "shipment.nothing-to-settle"],
    ["send-again", sentBy(), "shipment.not-come-back"],
    ["follow-again", sentBy(), "shipment.not-followed"],
    ["send-again", requested().state, "shipment.not-sent"],
  ] as const)("is refused: %s", (action, state, code) => {
    expect(settleShipment(state, { action, reason: "理由" }, command())).toMatchObject({ refusal: { code } });
  });
});

describe("the look at what does not happen", () => {
  // START is a Monday: three working days later is Thursday, over at midnight in Beijing.
  const due = "2026-11-26T16:00:00.000Z";

  it("tells a person of a parcel nobody has heard of, once", () => {
    const state = sentBy();
    expect(nextLookAt(state, patience)).toBe(due);
    expect(look(state, patience, "2026-11-26T15:59:59.999Z")).toBeUndefined();
    const change = look(state, patience, due) ?? fail("not found");
    expect(change.state.attentions).toEqual(["not-moving"]);
    expect(nextLookAt(change.state, patience)).toBeUndefined();
    expect(look(change.state, patience, due)).toBeUndefined();
    expect(taken(change.state, push([event(100, "in-transit")])).state.attentions).toEqual([]);
  });

  it("does not look at what has arrived, or waits for others", () => {
    const arrived = taken(sentBy(), push([event(1, "delivered")])).state;
    expect(look(arrived, patience, "2026-12-30T00:00:00.000Z")).toBeUndefined();
    expect(nextLookAt(requested().state, patience)).toBeUndefined();
    expect(nextLookAt(paid(requested({}, { status: "open" }).state, 1000), patience)).toBeUndefined();
  });

  it("finds money without a parcel after the days allowed, and lets a person say why", () => {
    const state = paid(requested().state, 1000);
    expect(nextLookAt(state, patience)).toBe(due);
    const found = look(state, patience, due) ?? fail("not found");
    expect(types(found)).toEqual(["differs"]);
    expect(found.state.difference).toMatchObject({ kind: "paid-unshipped", foundAt: due });
    expect(tasksOf(found.state)).toContainEqual({ kind: "settle-difference", role: "operator" });
    const resolved = granted(resolveDifference(found.state, "申请人要求暂缓寄出", command(due)));
    expect(look(resolved.state, patience, "2026-12-30T00:00:00.000Z")).toBeUndefined();
    expect(reconciled(resolved, patience).events).toEqual(resolved.events);
  });

  it("finds money for a cancelled parcel unless it went back", () => {
    const cancelled = granted(cancelShipment(paid(requested().state, 1000), undefined, command(hours(2)))).state;
    expect(look(cancelled, patience, due)?.state.difference?.kind).toBe("paid-unshipped");
    const refunded = paid(cancelled, -1000, hours(3));
    expect(nextLookAt(refunded, patience)).toBe(forgetAt(refunded, patience.addressKeptDays));
    expect(look(refunded, patience, due)).toBeUndefined();
  });

  it("agrees again by itself when the money goes back", () => {
    const state = granted(cancelShipment(paid(requested().state, 1000), undefined, command(hours(2)))).state;
    const found = look(state, patience, due) ?? fail("not found");
    const back = afterPayment(found.state, { id: "r", amount: -1000, at: due }, due) ?? fail("not taken");
    const change = reconciled(back, patience);
    expect(types(change)).toEqual(["difference-resolved"]);
    expect(change.state.difference).toBeUndefined();
  });

  it("finds a parcel whose carriage went back, and one for which another amount came", () => {
    const ready = paid(requested().state, 1000);
    const waybill = { carrier: "ems", number: NUMBERS.ems } as const;
    const sent = granted(sendShipment(ready, waybill, { by: "carrier" }, command(hours(2)))).state;
    expect(paid(sent, -1000, hours(3)).difference).toMatchObject({ kind: "shipped-unpaid" });
    expect(paid(sent, -300, hours(3)).difference).toMatchObject({ kind: "fee-differs" });
    expect(paid(sent, 1000, hours(3)).difference).toMatchObject({ kind: "fee-differs" });
    expect(paid(sentBy(), 1000).difference).toMatchObject({ kind: "fee-differs" });
  });
});

describe("what is forgotten", () => {
  const days = (n: number): string => hours(24 * n);
  const delivered = () =>
    taken(sentBy(), push([event(1, "in-transit"), { ...event(2, "delivered"), signedBy: "本人收" }])).state;
  const forgottenAt = (state: Shipment, at: string): Shipment =>
    look(state, patience, at)?.state ?? fail("nothing found");

  it("is the address and what carriers wrote, so many days after the end, but not the proof", () => {
    const state = delivered();
    const due = new Date(Date.parse(hours(2)) + 90 * 86_400_000).toISOString();
    expect(nextLookAt(state, patience)).toBe(due);
    expect(look(state, patience, new Date(Date.parse(due) - 1).toISOString())).toBeUndefined();
    const left = forgottenAt(state, due);
    if (left.status !== "delivered") throw new Error("not delivered");
    expect(left.address).toBeUndefined();
    expect(left.parcel.track.events.map(({ state: each, text }) => [each, text])).toEqual([
      ["in-transit", ""],
      ["delivered", event(2, "delivered").text],
    ]);
    expect(currentEvent(left.parcel.track)?.signedBy).toBe("本人收");
    expect(nextLookAt(left, patience)).toBeUndefined();
    expect(look(left, patience, days(1000))).toBeUndefined();
  });

  it("is forgotten of earlier parcels, of what came back and of what was cancelled, too", () => {
    const back = taken(sentBy(), push([event(3, "returned")])).state;
    const again = granted(settleShipment(back, { action: "send-again", reason: "更正地址" }, command(hours(4)))).state;
    const cancelled = granted(cancelShipment(again, undefined, command(hours(5)))).state;
    expect(look(cancelled, patience, days(89))).toBeUndefined();
    const left = forgottenAt(cancelled, days(91));
    expect(left.address).toBeUndefined();
    expect(left.earlier[0]?.track.events).toMatchObject([{ state: "returned", text: "" }]);
    expect(forgottenAt(back, days(91))).toMatchObject({
      parcel: { track: { events: [{ state: "returned", text: "" }] } },
    });
  });

  it("does not come back with late news, and is not sent again", () => {
    const left = forgottenAt(taken(sentBy(), push([event(3, "returned")])).state, days(91));
    expect(granted(takePush(left, push([event(3, "returned"), event(4, "delivered")]), days(92)))).toBeUndefined();
    for (const action of ["send-again", "handed-over", "follow-again"] as const)
      expect(settleShipment(left, { action, reason: "再寄" }, command(days(92)))).toMatchObject({
        refusal: { code: "shipment.address-erased" },
      });
    const waybill = { carrier: "ems", number: "LK434266017CN" } as const;
    expect(mayCorrect(left, waybill)).toMatchObject({ refusal: { code: "shipment.address-erased" } });
  });

  it("is nothing of what is not over", () => {
    expect(nextLookAt(requested().state, patience)).toBeUndefined();
    expect(look(sentBy(), patience, days(400))?.state.address).toBeDefined();
  });
});

describe("what is known of a case", () => {
  const news = (sequence: number, status: "open" | "decided", more = {}) => {
    const { version: _, deliverable: __, ...facts } = caseFacts();
    return { ...facts, sequence, status, ...more };
  };

  it("is the same in whatever order its events come, and however often", () => {
    const told = [news(1, "open", { deliverable: true }), news(2, "open"), news(3, "decided")];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0, 0],
      [2, 0, 2, 1],
    ]) {
      const facts = order.reduce<ReturnType<typeof learn> | undefined>(
        (known, n) => learn(known, told[n] ?? fail("?")),
        undefined,
      );
      expect(facts).toMatchObject({ status: "decided", sequence: 3, deliverable: true });
    }
  });

  it("is the same object when nothing new is told", () => {
    const known = learn(undefined, news(2, "decided", { deliverable: true }));
    expect(learn(known, news(1, "open", { deliverable: true }))).toBe(known);
  });
});
