import { describe, expect, it } from "vitest";
import { onItemClosed } from "#functions/applications/consumers/on-item-closed.ts";
import { onOrderSettled } from "#functions/applications/consumers/on-order-settled.ts";
import { onShipmentDelivered } from "#functions/applications/consumers/on-shipment-delivered.ts";
import { ItemResumedV1, ItemRetiredV1, ItemSuspendedV1 } from "#shared/contracts/events/catalogue.ts";
import type { AnyEvent, EventContract } from "#shared/contracts/events/envelope.ts";
import { ShipmentDeliveredV1 } from "#shared/contracts/events/logistics.ts";
import { OrderSettledV1 } from "#shared/contracts/events/payments.ts";
import {
  acceptApplication,
  concludeApplication,
  decideStage,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { rules, stages } from "#test/support/applications.ts";
import { portal, submission, submittedCase } from "#test/support/applications-api.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const at = "2026-11-24T02:00:00.000Z";
const event = (contract: EventContract, data: object, { subject = "order-1", version = 1 } = {}): AnyEvent => {
  const [made] = eventsOf({ source: "/elsewhere", subject, version, at }, [
    { contract, data: { ...(contract.example as object), ...data } },
  ]);
  if (!made) throw new Error("no event");
  return made;
};
const done = { batchItemFailures: [] };
const fee = (due: "acceptance" | "issue") => [{ name: "登记费", amount: 8000, due, chargeItem: "103044050000" }];
/** Paid in the last second of the twenty-third in Shanghai. */
const settled = (id: string, due: "acceptance" | "issue") =>
  event(OrderSettledV1, { purpose: { kind: "application", id, due }, settledAt: "2026-11-23T15:59:59Z" });

describe("when a fee is paid", () => {
  it("a case that waited for its acceptance goes on, its five days begin, and twice told is once done", async () => {
    const api = await submittedCase(rules({ fees: fee("acceptance") }));
    expect(api.published().map(({ type }) => type.split(".")[3])).toEqual(["submitted", "fee-due"]);
    expect(api.published()[1]?.data).toMatchObject({ due: "acceptance", total: 8000 });
    expect(api.published()[1]?.data.tasks).toBeUndefined();
    const accept = { ...api.asDepartment, body: { officer: "clerk-1" } };
    expect((await api.call(acceptApplication, accept)).body.type).toBe("/problems/application.fee-unpaid");

    api.setNow(at);
    const handle = onOrderSettled(api.deps);
    const told = settled(api.params.id, "acceptance");
    expect(await handle(fromBus(told, told), context)).toEqual(done);
    expect(await handle(fromBus(told), context)).toEqual(done);
    expect(api.published().map(({ type }) => type.split(".")[3])).toEqual(["submitted", "fee-due", "fee-settled"]);
    const state = await api.store.find(api.params.id);
    expect(state?.phase).toMatchObject({
      status: "submitted",
      since: "2026-11-23T15:59:59.000Z",
      acceptBy: { date: "2026-11-30" },
    });
    expect((await api.call(acceptApplication, accept)).status).toBe(200);
  });

  it("an approval that waited for its issue can be concluded, and its ten days begin", async () => {
    const api = await submittedCase(rules({ fees: fee("issue"), stages: stages("approval") }));
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "clerk-1" } });
    const decided = await api.call(decideStage, {
      ...api.at("approval"),
      body: { officer: "approver-1", outcome: "approve" },
    });
    expect(decided.body.deliverBy).toBeUndefined();
    const conclude = { ...api.asDepartment, body: { officer: "clerk-1" } };
    expect((await api.call(concludeApplication, conclude)).body.type).toBe("/problems/application.fee-unpaid");
    api.setNow(at);
    await onOrderSettled(api.deps)(fromBus(settled(api.params.id, "issue")), context);
    expect((await api.store.find(api.params.id))?.phase).toMatchObject({ deliverBy: { date: "2026-12-07" } });
    expect((await api.call(concludeApplication, conclude)).body.status).toBe("concluded");
  });

  it("a refusal is never held for the fee of an issue", async () => {
    const api = await submittedCase(rules({ fees: fee("issue"), stages: stages("approval") }));
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "clerk-1" } });
    const body = { officer: "approver-1", outcome: "refuse", reasons: ["不符合条件"] };
    expect((await api.call(decideStage, { ...api.at("approval"), body })).body.deliverBy).toBeDefined();
    expect(api.published().some(({ type }) => type.includes("fee-due"))).toBe(false);
  });

  it("an order of a shipment is none of its business; one of a case that is not there comes again", async () => {
    const api = await submittedCase();
    const handle = onOrderSettled(api.deps);
    const parcel = event(OrderSettledV1, { purpose: { kind: "shipment", id: "s", due: "shipment" } });
    expect(await handle(fromBus(parcel), context)).toEqual(done);
    const { batchItemFailures } = await handle(fromBus(settled("nobody's", "issue")), context);
    expect(batchItemFailures).toHaveLength(1);
  });
});

describe("when a parcel has been handed over", () => {
  const delivered = (application: string, direction: "to-applicant" | "to-counter") =>
    event(ShipmentDeliveredV1, { application, direction });

  it("to the applicant, the decided case is concluded, once; to the counter or too early, nothing happens", async () => {
    const api = await submittedCase(rules({ stages: stages("approval") }));
    const handle = onShipmentDelivered(api.deps);
    const told = delivered(api.params.id, "to-applicant");
    expect(await handle(fromBus(told), context)).toEqual(done);
    expect((await api.store.find(api.params.id))?.phase.status).toBe("submitted");

    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "clerk-1" } });
    await api.call(decideStage, { ...api.at("approval"), body: { officer: "approver-1", outcome: "approve" } });
    await handle(fromBus(delivered(api.params.id, "to-counter")), context);
    expect((await api.store.find(api.params.id))?.phase.status).toBe("approved");
    expect(await handle(fromBus(told, told), context)).toEqual(done);
    expect((await api.store.find(api.params.id))?.phase).toEqual({ status: "concluded", outcome: "approved" });
    expect(api.published().filter(({ type }) => type.includes("concluded"))).toHaveLength(1);
  });
});

describe("when an item is suspended, resumed or retired", () => {
  const { code } = rules();
  const about = (contract: EventContract, sequence: number, version = 2) =>
    event(contract, { code, version }, { subject: code, version: sequence });

  it("it can no longer be applied for, and can again; an earlier word that comes late changes nothing", async () => {
    const api = await submittedCase();
    const handle = onItemClosed(api.deps);
    const apply = async () => (await api.call(submitApplication, { as: portal, body: submission() })).status;
    await handle(fromBus(about(ItemSuspendedV1, 5)), context);
    expect(await apply()).toBe(422);
    await handle(fromBus(about(ItemResumedV1, 6), about(ItemSuspendedV1, 5)), context);
    expect(await apply()).toBe(201);
    await handle(fromBus(about(ItemRetiredV1, 7)), context);
    expect(await apply()).toBe(422);
  });

  it("an open case of it goes on", async () => {
    const api = await submittedCase();
    await onItemClosed(api.deps)(fromBus(about(ItemRetiredV1, 5)), context);
    const answer = await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "clerk-1" } });
    expect(answer.body.status).toBe("accepted");
  });

  it("before its version is known here, the word comes again", async () => {
    const api = await submittedCase();
    const { batchItemFailures } = await onItemClosed(api.deps)(fromBus(about(ItemSuspendedV1, 9, 3)), context);
    expect(batchItemFailures).toHaveLength(1);
  });

  it("a later version opens it again", async () => {
    const api = await submittedCase();
    await onItemClosed(api.deps)(fromBus(about(ItemSuspendedV1, 5)), context);
    await api.items.keep(rules({ version: 3 }));
    expect((await api.call(submitApplication, { as: portal, body: submission() })).status).toBe(201);
  });
});
