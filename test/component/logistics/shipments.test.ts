import { describe, expect, it } from "vitest";
import { onCaseChanged } from "#functions/logistics/consumers/on-case-changed.ts";
import { onPaymentChanged } from "#functions/logistics/consumers/on-payment-changed.ts";
import { onShipmentChanged } from "#functions/logistics/consumers/on-shipment-changed.ts";
import { logisticsEndpoints } from "#functions/logistics/http/index.ts";
import { lookAtShipments } from "#functions/logistics/look-at-shipments.ts";
import { takeCarrierPush } from "#functions/logistics/steps/take-push.ts";
import {
  ApplicationDecidedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
} from "#shared/contracts/events/applications.ts";
import type { EventContract } from "#shared/contracts/events/envelope.ts";
import { OrderClosedV1, OrderSettledV1, RefundCompletedV1 } from "#shared/contracts/events/payments.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import * as contracts from "#shared/contracts/http/logistics.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import {
  address,
  CASE,
  caseFacts,
  counter,
  logisticsStage,
  NUMBERS,
  PERSON,
  personalWords,
  START,
} from "#test/support/logistics.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const place = { department: "11440606MB2D26310W", division: "440606" };
const channel: Verdict = { client: "portal", channel: "portal", scopes: "shipments:request applications:read" };
const person = (id: string, kind: "natural" | "legal" = "natural"): Verdict => ({
  client: "app",
  channel: "mobile",
  person: PERSON,
  actFor: { kind, id },
  scopes: "shipments:request applications:read",
});
const clerk: Verdict = {
  client: "workbench",
  staff: "ss-sj-0102",
  scopes: "shipments:manage applications:read",
  ...place,
};
const department: Verdict = { client: "dept", scopes: "shipments:manage applications:read", ...place };
const operator: Verdict = { client: "workbench", staff: "op-1", scopes: "payments:reconcile", ...place };

const world = async (facts: Parameters<typeof caseFacts>[0] | null = {}) => {
  const stage = logisticsStage();
  const { deps } = stage;
  if (facts) await deps.cases.keep(caseFacts(facts));
  const lambda = httpLambda(logisticsEndpoints(deps));
  let keys = 0;
  const ask = async (
    contract: Pick<Route, "method" | "path">,
    verdict: Verdict,
    {
      id = CASE,
      body,
      key = `k-${++keys}`,
      headers = {},
      query,
    }: {
      id?: string;
      body?: unknown;
      key?: string;
      headers?: Record<string, string>;
      query?: Record<string, string>;
    } = {},
  ) =>
    said(
      await lambda(
        requestTo(contract, {
          params: { id },
          verdict,
          headers: { "idempotency-key": key, ...headers },
          ...(body !== undefined && { body }),
          ...(query && { query }),
        }),
      ),
    );
  const wish = (more: object = {}) => ({ direction: "to-applicant", address: address(), ...more });
  const request = (more: object = {}, verdict: Verdict = channel, key?: string) =>
    ask(contracts.requestShipment, verdict, { body: wish(more), ...(key && { key }) });
  const tell = async (
    consumer: (event: ReturnType<typeof fromBus>, c: typeof context) => Promise<{ batchItemFailures: unknown[] }>,
    ...events: unknown[]
  ) => (await consumer(fromBus(...events), context)).batchItemFailures.length;
  const sendIt = (id: string, by: object = { how: "waybill", carrier: "ems", number: NUMBERS.ems }, key?: string) =>
    ask(contracts.sendShipment, clerk, { id, body: { by }, ...(key && { key }) });
  return { ...stage, ask, wish, request, tell, sendIt };
};

const ofCase = (contract: EventContract, sequence: number, data: object = {}) => {
  const { number, itemCode: itemcode, applicant } = caseFacts();
  const change = {
    source: "/applications",
    subject: CASE,
    version: sequence,
    at: START,
    extensions: { ...place, itemcode },
  } as const;
  const whole = { ...(contract.example as object), number, applicant, ...data };
  return eventsOf(change, [{ contract, data: whole }])[0];
};
const ofOrder = (contract: EventContract, shipment: string, data: object = {}, subject = "order-1") => {
  const change = { source: "/payments", subject, version: 2, at: START } as const;
  const purpose = { kind: "shipment", id: shipment, due: "shipment" };
  return eventsOf(change, [{ contract, data: { ...(contract.example as object), purpose, total: 1000, ...data } }])[0];
};

describe("requesting", () => {
  it("answers the same to the same key, and writes once", async () => {
    const { request, published } = await world();
    const [one, two] = [await request({}, channel, "same"), await request({}, channel, "same")];
    expect([one.status, two.text]).toEqual([201, one.text]);
    expect(published().map(({ type }) => type)).toEqual([
      "gov.yimen.shipment.requested.v1",
      "gov.yimen.shipment.fee-due.v1",
    ]);
    expect(published()[1]?.data).toMatchObject({
      application: CASE,
      total: 1000,
      charges: [{ name: "快递费", amount: 1000 }],
    });
    expect((await request({ carrier: "sf" }, channel, "same")).body.type).toBe("/problems/request.key-reused");
  });

  it("leaves one open shipment a direction, also when ten ask at once", async () => {
    const { request, ask } = await world();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => request({}, channel, `race-${n}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.type === "/problems/shipment.already-open")).toHaveLength(9);
    expect((await request({ direction: "to-counter" })).status).toBe(201);
    expect((await ask(contracts.listShipments, channel)).body.items).toHaveLength(2);
  });

  it("may be done again when the one before is closed", async () => {
    const { request, ask } = await world();
    const first = await request();
    expect((await ask(contracts.cancelShipment, channel, { id: first.body.id, body: {} })).body.status).toBe(
      "cancelled",
    );
    const second = await request();
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.body.id);
    const { items } = (await ask(contracts.listShipments, channel)).body;
    expect(items).toHaveLength(2);
  });

  it.each([
    ["phone", { phone: "12345" }],
    ["division", { division: "44" }],
    ["division", { division: "044060" }],
    ["street", { street: " " }],
    ["name", { name: "" }],
    ["region", { region: "" }],
  ])("with a wrong %s is told where the fault lies", async (field, wrong) => {
    const { request } = await world();
    const { status, body } = await request({ address: address(wrong) });
    expect([status, body.errors[0].pointer]).toEqual([422, `/address/${field}`]);
  });

  it("is for whom the case is; others are told that there is no such case", async () => {
    const { request } = await world();
    expect((await request({}, person("01KB0M5Q2W8ZC3T7N4XJ6VHR9X"))).status).toBe(404);
    expect((await request({}, person(PERSON, "legal"))).status).toBe(404);
    expect((await request({}, person(PERSON))).status).toBe(201);
  });

  it("waits for the case to be known", async () => {
    const { request, tell, deps } = await world(null);
    expect((await request()).body.type).toBe("/problems/application.not-found");
    expect(await tell(onCaseChanged(deps), ofCase(ApplicationSubmittedV1, 1))).toBe(0);
    expect((await request()).status).toBe(201);
  });

  it("goes on when the decision comes while it is being made", async () => {
    const { deps, request, tell } = await world();
    const { save } = deps.shipments;
    deps.shipments.save = async (change) => {
      deps.shipments.save = save;
      await tell(onCaseChanged(deps), ofCase(ApplicationDecidedV1, 5));
      await save(change);
    };
    const { body } = await request({ payment: "on-delivery" });
    expect((await deps.shipments.find(body.id))?.status).toBe("to-send");
  });
});

describe("what it waits for", () => {
  it("comes by events, twice, in any order", async () => {
    const { deps, request, tell, told } = await world();
    const { body } = await request();
    const settled = ofOrder(OrderSettledV1, body.id);
    expect(await tell(onPaymentChanged(deps), settled, settled)).toBe(0);
    const decided = ofCase(ApplicationDecidedV1, 5);
    expect(await tell(onCaseChanged(deps), decided, ofCase(ApplicationSubmittedV1, 1), decided)).toBe(0);
    expect((await deps.shipments.find(body.id))?.status).toBe("to-send");
    expect(told().filter((type) => type === "shipment.ready.v1")).toHaveLength(1);
  });

  it("is no more when nobody paid, or the case was withdrawn", async () => {
    for (const end of ["closed", "withdrawn"]) {
      const { deps, request, tell, told } = await world();
      const { body } = await request();
      const failures =
        end === "closed"
          ? await tell(onPaymentChanged(deps), ofOrder(OrderClosedV1, body.id))
          : await tell(onCaseChanged(deps), ofCase(ApplicationWithdrawnV1, 4));
      expect(failures).toBe(0);
      expect(told().at(-1)).toBe("shipment.cancelled.v1");
    }
  });

  it("of other purposes is not ours; of a shipment we do not know is tried again", async () => {
    const { deps, tell } = await world();
    const consumer = onPaymentChanged(deps);
    expect(
      await tell(consumer, ofOrder(OrderSettledV1, CASE, { purpose: { kind: "application", id: CASE, due: "issue" } })),
    ).toBe(0);
    expect(await tell(consumer, ofOrder(OrderSettledV1, "unknown"))).toBe(1);
  });
});

describe("sending", () => {
  const ready = async () => {
    const all = await world({ status: "decided" });
    const { body } = await all.request({ payment: "on-delivery", carrier: "sf" });
    return { ...all, id: body.id as string };
  };

  it("lists what waits to be sent, the longest waiting first, page by page, to its own department", async () => {
    const { ask, id } = await ready();
    const page = await ask(contracts.listShipmentsToSend, clerk, { query: { limit: "1" } });
    expect(page.body).toMatchObject({ items: [{ id, application: CASE, direction: "to-applicant", carrier: "sf" }] });
    for (const word of personalWords()) expect(page.text).not.toContain(word);
    expect((await ask(contracts.listShipmentsToSend, { ...clerk, division: "440607" })).body.items).toEqual([]);
    expect((await ask(contracts.listShipmentsToSend, clerk, { query: { cursor: "bm8" } })).body.type).toBe(
      "/problems/request.bad-cursor",
    );
  });

  it("with a typed number: once, whatever is repeated", async () => {
    const { sendIt, id, told } = await ready();
    const [one, two] = [await sendIt(id, undefined, "same"), await sendIt(id, undefined, "same")];
    expect(one.body).toMatchObject({ status: "sent", waybill: NUMBERS.ems });
    expect(two.text).toBe(one.text);
    expect(told().filter((type) => type === "shipment.sent.v1")).toHaveLength(1);
  });

  it.each([
    [{ how: "waybill", carrier: "ems", number: "123456" }, 422, "shipment.waybill-malformed"],
    [{ how: "order", carrier: "ems", counter: counter() }, 422, "shipment.carrier-takes-no-orders"],
  ])("%j is refused", async (by, status, code) => {
    const { sendIt, id } = await ready();
    const answer = await sendIt(id, by);
    expect([answer.status, answer.body.type]).toEqual([status, `/problems/${code}`]);
  });

  it("does not give two shipments one number", async () => {
    const { sendIt, id, deps } = await ready();
    await deps.waybills.claim(NUMBERS.ems, "another");
    expect((await sendIt(id)).body.type).toBe("/problems/shipment.waybill-in-use");
  });

  it("has the carrier give the number, from the counter to the applicant, under a reference that a repeat shares", async () => {
    const { sendIt, id, orders, deps } = await ready();
    const by = { how: "order", carrier: "sf", counter: counter() };
    const { save } = deps.shipments;
    deps.shipments.save = async (change) => {
      if (change.state.status === "to-send") return save(change);
      deps.shipments.save = save;
      throw new Error("cut off after the carrier has answered");
    };
    expect((await sendIt(id, by, "k")).status).toBe(500);
    expect((await sendIt(id, by, "k")).body.waybill).toBe(NUMBERS.sf);
    expect(orders.map(({ reference, from, to, paidBy }) => [reference, from.name, to.name, paidBy])).toEqual([
      [`${id}-0`, "综合窗口", "欧阳小明", "receiver"],
      [`${id}-0`, "综合窗口", "欧阳小明", "receiver"],
    ]);
  });

  const bySf = { how: "order", carrier: "sf", counter: counter() };

  it("tells what the carrier does not take", async () => {
    const { sendIt, id, answers, tell, deps, ask } = await ready();
    answers.order = () => ({ refused: "8114" });
    const refused = await sendIt(id, bySf);
    expect([refused.status, refused.body.detail]).toEqual([422, "8114"]);
    // There is no order then: another carrier takes it, and nobody has to see to anything.
    expect((await sendIt(id)).status).toBe(200);
    expect(await deps.shipments.find(id)).toMatchObject({ status: "sent", attentions: [] });
    expect(await tell(onCaseChanged(deps), ofCase(ApplicationWithdrawnV1, 9))).toBe(0);
    expect((await ask(contracts.readShipment, clerk, { id })).body.attention).toEqual([]);
  });

  it("says that the carrier does not answer, and goes on when it does", async () => {
    const { sendIt, id, answers, orders, deps } = await ready();
    const { order } = answers;
    answers.order = () => {
      throw new ProviderUnavailable("TimeoutError");
    };
    const away = await sendIt(id, bySf, "k");
    expect([away.status, away.body.type]).toEqual([503, "/problems/shipment.carrier-unavailable"]);
    answers.order = order;
    expect((await sendIt(id, bySf, "k")).body).toMatchObject({ status: "sent", waybill: NUMBERS.sf });
    expect(new Set(orders.map(({ reference }) => reference)).size).toBe(1);
    expect(await deps.shipments.find(id)).toMatchObject({ attentions: [] });
  });

  it("has a person see to the order that may stand at a carrier that did not answer, when it goes another way", async () => {
    const { sendIt, id, answers, deps, published, ask } = await ready();
    answers.order = () => {
      throw new ProviderUnavailable("TimeoutError");
    };
    await sendIt(id, bySf);
    expect((await sendIt(id)).body.status).toBe("sent");
    expect(await deps.shipments.find(id)).toMatchObject({ attentions: ["order-open"], parcel: { carrier: "ems" } });
    expect(published().at(-1)).toMatchObject({
      type: "gov.yimen.shipment.attention-needed.v1",
      data: { what: "order-open", tasks: [{ kind: "settle-parcel", role: "clerk" }] },
    });
    const note = { action: "note", reason: "已电话取消顺丰订单" };
    expect((await ask(contracts.settleShipment, clerk, { id, body: note })).status).toBe(200);
    expect(await deps.shipments.find(id)).toMatchObject({ attentions: [] });
  });

  it("has a person cancel the order of a case that was withdrawn while the carrier was asked", async () => {
    const { sendIt, id, answers, tell, deps, published, ask } = await ready();
    let withdrawn: Promise<number> | undefined;
    answers.order = () => {
      withdrawn = tell(onCaseChanged(deps), ofCase(ApplicationWithdrawnV1, 9));
      return { number: NUMBERS.sf };
    };
    const { place } = deps.orders;
    deps.orders.place = async (...order) => {
      const answer = await place(...order);
      expect(await withdrawn).toBe(0);
      return answer;
    };
    const answer = await sendIt(id, bySf);
    expect([answer.status, answer.body.type]).toEqual([409, "/problems/shipment.not-to-send"]);
    expect(await deps.shipments.find(id)).toMatchObject({ status: "cancelled", attentions: ["order-open"] });
    expect(published().slice(-2)).toMatchObject([
      { type: "gov.yimen.shipment.cancelled.v1", data: { tasks: [{ kind: "settle-parcel" }] } },
      { type: "gov.yimen.shipment.attention-needed.v1", data: { what: "order-open" } },
    ]);
    const note = { action: "note", reason: "已电话取消顺丰订单" };
    expect((await ask(contracts.settleShipment, clerk, { id, body: note })).status).toBe(200);
    expect((await deps.shipments.find(id))?.attentions).toEqual([]);
  });

  it("asks under another reference each time it is sent, however often it comes back", async () => {
    const { sendIt, id, orders, answers, deps, ask } = await ready();
    for (let n = 0; n < 8; n++) {
      const number = `SF744440003188${n}`;
      answers.order = () => ({ number });
      expect((await sendIt(id, bySf)).status).toBe(200);
      const events = [{ key: `sf#${n}`, at: START, state: "returned", text: "", code: "648", source: "sf" }] as const;
      await takeCarrierPush(deps, { source: "sf", number, report: { kind: "increment", events, voided: [] } });
      const again = { action: "send-again", reason: "再次寄出" };
      expect((await ask(contracts.settleShipment, clerk, { id, body: again })).status).toBe(200);
    }
    expect(new Set(orders.map(({ reference }) => reference)).size).toBe(8);
  });

  it("is a fault when it is ours", async () => {
    const { sendIt, id, answers } = await ready();
    answers.order = () => {
      throw new TypeError("a mistake");
    };
    expect((await sendIt(id, bySf)).status).toBe(500);
  });

  it("has a department's client name the officer", async () => {
    const { ask, id } = await ready();
    const body = { by: { how: "waybill", carrier: "ems", number: NUMBERS.ems } };
    expect((await ask(contracts.sendShipment, department, { id, body })).body.type).toBe(
      "/problems/shipment.officer-missing",
    );
    expect(
      (await ask(contracts.sendShipment, department, { id, body: { ...body, officer: "ss-sj-0102" } })).status,
    ).toBe(200);
  });

  it("holds the caller to the version it saw", async () => {
    const { ask, id } = await ready();
    const body = { by: { how: "waybill", carrier: "ems", number: NUMBERS.ems } };
    expect((await ask(contracts.sendShipment, clerk, { id, body, headers: { "if-match": '"7"' } })).status).toBe(412);
  });
});

describe("the address", () => {
  it("is masked, and unmasked only for the department, on record before it is shown", async () => {
    const { ask, request, published, deps } = await world({ status: "decided" });
    const { body } = await request({ payment: "on-delivery" });
    for (const verdict of [channel, person(PERSON), clerk]) {
      const { text } = await ask(contracts.readShipment, verdict, { id: body.id });
      for (const word of personalWords()) expect(text).not.toContain(word);
      expect(text).toContain("138****8000");
    }
    const reading = { id: body.id, body: { purpose: "sending" } };
    expect((await ask(contracts.readShipmentAddress, clerk, reading)).body.address).toEqual(address());
    expect(published().at(-1)).toMatchObject({
      type: "gov.yimen.application.personal-data-read.v1",
      data: { officer: "ss-sj-0102", purpose: "shipment-sending", applicant: { id: PERSON } },
    });
    deps.shipments.recordReading = () => Promise.reject(new Error("not recorded"));
    expect((await ask(contracts.readShipmentAddress, clerk, reading)).status).toBe(500);
    expect(
      (await ask(contracts.readShipmentAddress, { ...clerk, department: "11440606MB2D0123XA" }, reading)).status,
    ).toBe(404);
  });

  it("is erased by the hourly look long after the end, and the proof stays", async () => {
    const { ask, request, sendIt, deps, setNow } = await world({ status: "decided" });
    const { id } = (await request({ payment: "on-delivery" })).body;
    await sendIt(id);
    const event = (state: "in-transit" | "delivered", text: string) =>
      ({ key: `${START}#${state}`, at: START, state, text, code: "", source: "ems" }) as const;
    await takeCarrierPush(deps, {
      source: "ems",
      number: NUMBERS.ems,
      report: {
        kind: "increment",
        events: [event("in-transit", address().name), event("delivered", "本人收")],
        voided: [],
      },
    });
    setNow("2027-03-01T02:00:00.000Z");
    expect(await lookAtShipments(deps)({}, context)).toEqual({ found: 1, failed: 0 });
    expect(await lookAtShipments(deps)({}, context)).toEqual({ found: 0, failed: 0 });
    const { status, body, text } = await ask(contracts.readShipment, clerk, { id });
    expect([status, body.address, body.proof.text]).toEqual([200, undefined, "本人收"]);
    expect(text).not.toContain(address().name);
    expect(JSON.stringify(await deps.shipments.find(id))).not.toContain(address().phone);
    const reading = await ask(contracts.readShipmentAddress, clerk, { id, body: { purpose: "sending" } });
    expect([reading.status, reading.body.type]).toEqual([409, "/problems/shipment.address-erased"]);
  });

  it("stands in no event", async () => {
    const { request, published, sendIt } = await world({ status: "decided" });
    const { body } = await request({ payment: "on-delivery" });
    await sendIt(body.id);
    expect(published().length).toBeGreaterThan(2);
    for (const word of [...personalWords(), NUMBERS.ems]) expect(JSON.stringify(published())).not.toContain(word);
  });
});

describe("following", () => {
  const sent = async (carrier = "yto", number: string = NUMBERS.yto) => {
    const all = await world({ status: "decided" });
    const { body } = await all.request({ payment: "on-delivery" });
    await all.sendIt(body.id, { how: "waybill", carrier, number });
    const last = () =>
      all
        .published()
        .filter(({ type }) => type === "gov.yimen.shipment.sent.v1")
        .at(-1);
    return { ...all, id: body.id as string, last };
  };

  it("has the tracker follow it, once, with the phone it needs", async () => {
    const { deps, tell, last, subscriptions, id } = await sent("sf", NUMBERS.sf);
    for (let again = 0; again < 2; again++) expect(await tell(onShipmentChanged(deps), last())).toBe(0);
    expect(subscriptions).toEqual([{ code: "shunfeng", number: NUMBERS.sf, phone: "13800138000" }]);
    expect(await deps.shipments.find(id)).toMatchObject({
      parcel: { following: { state: "followed", subscriptions: [START] } },
    });
  });

  it("is not asked of the tracker for carriers that push themselves", async () => {
    const { deps, tell, last, subscriptions } = await sent("ems", NUMBERS.ems);
    expect(await tell(onShipmentChanged(deps), last())).toBe(0);
    expect(subscriptions).toEqual([]);
  });

  it("is tried again when the tracker is away, and a person's when it will not", async () => {
    const { deps, tell, last, answers, told } = await sent();
    answers.subscription = () => {
      throw new Error("500");
    };
    expect(await tell(onShipmentChanged(deps), last())).toBe(1);
    answers.subscription = () => "refused";
    expect(await tell(onShipmentChanged(deps), last())).toBe(0);
    expect(told().at(-1)).toBe("shipment.attention-needed.v1");
  });

  it("fails where the tracker's account is missing", async () => {
    const { deps, tell, last } = await sent();
    expect(await tell(onShipmentChanged({ ...deps, tracker: undefined }), last())).toBe(1);
  });

  it("shows what we did of a second before what the carrier did, which tells whole seconds", async () => {
    const { ask, request, sendIt, deps, setNow } = await world({ status: "decided" });
    setNow("2026-11-23T02:00:00.700Z");
    const { id } = (await request({ payment: "on-delivery" })).body;
    await sendIt(id);
    const at = "2026-11-23T02:00:00.000Z";
    const collected = { key: `${at}#00`, at, state: "collected", text: "收寄", code: "00", source: "ems" } as const;
    const report = { kind: "increment", events: [collected], voided: [] } as const;
    await takeCarrierPush(deps, { source: "ems", number: NUMBERS.ems, report });
    const { body } = await ask(contracts.readShipment, channel, { id });
    expect(body.timeline.map(({ state }: { state: string }) => state)).toEqual(["requested", "sent", "collected"]);
  });

  it("shows one timeline in one vocabulary, oldest first, and the proof", async () => {
    const { ask, id, setNow } = await sent();
    setNow("2026-11-25T02:00:00.000Z");
    const settle = { reason: "电话确认本人签收", action: "handed-over" };
    expect((await ask(contracts.settleShipment, clerk, { id, body: settle })).body.status).toBe("delivered");
    const { body } = await ask(contracts.readShipment, channel, { id });
    expect(body.timeline.map(({ state }: { state: string }) => state)).toEqual(["requested", "sent", "delivered"]);
    expect(body.proof).toEqual({ at: "2026-11-25T02:00:00.000Z", text: "电话确认本人签收" });
  });
});

describe("reconciliation", () => {
  const DUE = "2026-11-26T16:00:00.000Z";

  it("finds paid parcels that were not sent, once, lists them to department and operators, and lets them say why", async () => {
    const { request, deps, tell, ask, setNow, told } = await world({ status: "decided" });
    const { body } = await request();
    await tell(onPaymentChanged(deps), ofOrder(OrderSettledV1, body.id, { settledAt: START }));
    const sweep = lookAtShipments(deps);
    expect(await sweep({}, context)).toEqual({ found: 0, failed: 0 });
    setNow(DUE);
    expect(await sweep({}, context)).toEqual({ found: 1, failed: 0 });
    expect(await sweep({}, context)).toEqual({ found: 0, failed: 0 });
    expect(told().filter((type) => type === "shipment.differs.v1")).toHaveLength(1);
    const expected = { id: body.id, difference: "paid-unshipped", due: 1000, paid: 1000 };
    expect((await ask(contracts.listShipmentDifferences, clerk)).body.items).toMatchObject([expected]);
    expect(
      (await ask(contracts.listShipmentDifferences, { ...clerk, department: "11440606MB2D0123XA" })).body.items,
    ).toEqual([]);
    expect((await ask(contracts.reconcileShipments, operator)).body.items).toMatchObject([expected]);

    const resolve = () =>
      ask(contracts.resolveReconciledShipment, operator, { id: body.id, body: { reason: "已联系申请人" }, key: "r" });
    const [one, two] = [await resolve(), await resolve()];
    expect([one.status, two.text]).toEqual([200, one.text]);
    expect((await ask(contracts.reconcileShipments, operator)).body.items).toEqual([]);
    expect(await sweep({}, context)).toEqual({ found: 0, failed: 0 });
  });

  it("finds a refund for a parcel that went", async () => {
    const { request, deps, tell, sendIt, ask } = await world({ status: "decided" });
    const { body } = await request();
    await tell(onPaymentChanged(deps), ofOrder(OrderSettledV1, body.id));
    await sendIt(body.id);
    const refund = ofOrder(RefundCompletedV1, body.id, { refund: "refund-1", amount: 1000 });
    expect(await tell(onPaymentChanged(deps), refund, refund)).toBe(0);
    const { items } = (await ask(contracts.listShipmentDifferences, clerk)).body;
    expect(items).toMatchObject([{ difference: "shipped-unpaid", due: 1000, paid: 0 }]);
  });

  it.each([
    ["while it waits for the decision", "open", "to-send"],
    ["when it is to be sent", "decided", "to-send"],
    ["when it has been sent", "sent", "sent"],
  ] as const)("keeps a parcel paid of which a second payment was given back %s", async (_when, phase, expected) => {
    const { request, deps, tell, sendIt, ask } = await world({ status: phase === "open" ? "open" : "decided" });
    const { id } = (await request()).body;
    await tell(onPaymentChanged(deps), ofOrder(OrderSettledV1, id));
    if (phase === "sent") await sendIt(id);
    const refund = ofOrder(RefundCompletedV1, id, { refund: "refund-1", amount: 1000, surplus: true });
    expect(await tell(onPaymentChanged(deps), refund, refund)).toBe(0);
    if (phase === "open") await tell(onCaseChanged(deps), ofCase(ApplicationDecidedV1, 5));
    expect((await deps.shipments.find(id))?.status).toBe(expected);
    expect((await ask(contracts.listShipmentDifferences, clerk)).body.items).toEqual([]);
  });

  it("does not let one shipment that fails hold up the others", async () => {
    const { request, deps, setNow } = await world({ status: "decided" });
    const { body } = await request({ payment: "on-delivery" });
    const { find } = deps.shipments;
    deps.shipments.toLookAt = async function* () {
      yield ["broken", body.id];
    };
    deps.shipments.find = (id) => (id === "broken" ? Promise.reject(new Error("broken")) : find(id));
    setNow(DUE);
    await expect(lookAtShipments(deps)({}, context)).rejects.toThrow("1 shipments");
  });
});
