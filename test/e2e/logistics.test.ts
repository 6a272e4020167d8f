import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { ApiAnswer } from "#local/outside/department-api.ts";
import { until } from "#local/until.ts";
import { ApplicationDecidedV1, ApplicationSubmittedV1 } from "#shared/contracts/events/applications.ts";
import type { EventContract } from "#shared/contracts/events/envelope.ts";
import { OrderSettledV1 } from "#shared/contracts/events/payments.ts";
import {
  listShipmentDifferences,
  listShipmentsToSend,
  readShipment,
  requestShipment,
  sendShipment,
  settleShipment,
} from "#shared/contracts/http/logistics.ts";
import { newId } from "#shared/kernel/ids.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { apiOf, misbehave, testCity } from "../support/city.ts";
import { fieldKeysOf } from "../support/field-keys.ts";
import { address, counter } from "../support/logistics.ts";

let city: City;
let bus: EventBridgeClient;
beforeAll(async () => {
  city = await testCity();
  bus = new EventBridgeClient(city.cloud.operator);
});
afterAll(async () => {
  bus?.destroy();
  await city?.stop();
});

const department = () => {
  const found = city.clients.find(({ scopes }) => scopes.includes("shipments:manage"));
  if (!found?.department || !found.division) throw new Error("no department");
  return { id: found.id, department: found.department, division: found.division };
};
const portal = () => apiOf(city, "channel-portal");
const office = () => apiOf(city, department().id);
const officer = "s440607-081";

/** What another capability tells, as its relay puts it on the bus. */
const tell = async (contract: EventContract, source: `/${string}`, subject: string, version: number, data: object) => {
  const { department: uscc, division } = department();
  const extensions = { department: uscc, division, itemcode: "11440606MB2D26310W4440712002040" };
  const whole = { ...(contract.example as object), ...data };
  const [event] = eventsOf({ source, subject, version, at: new Date().toISOString(), extensions }, [
    { contract, data: whole },
  ]);
  const [{ physicalId: EventBusName } = { physicalId: "" }] = city.cloud.resources("AWS::Events::EventBus");
  const { FailedEntryCount } = await bus.send(
    new PutEventsCommand({
      Entries: [
        { EventBusName, Source: `yimen.${source.slice(1)}`, DetailType: contract.type, Detail: JSON.stringify(event) },
      ],
    }),
  );
  expect(FailedEntryCount).toBe(0);
};

const granted = <T>(answer: ApiAnswer<T>): T => {
  if (!answer.ok) throw new Error(answer.code);
  return answer.value;
};

/** A case whose result can be sent, decided; and a shipment of it that waits to be sent. */
const shipmentToSend = async (wish: object = {}, { decided = true } = {}) => {
  const id = newId();
  await tell(ApplicationSubmittedV1, "/applications", id, 1, { deliverable: true, number: `E2E-${id}` });
  const body = {
    direction: "to-applicant",
    address: address(),
    carrier: "ems",
    payment: "on-delivery",
    ...wish,
  } as const;
  const requested = await until("the case is known to logistics", async () => {
    const answer = await portal()(requestShipment, { path: { id }, key: `request-${id}`, body });
    return answer.ok && answer.value;
  });
  if (decided) await tell(ApplicationDecidedV1, "/applications", id, 4, { number: `E2E-${id}` });
  return { application: id, id: requested.id };
};

const view = async (id: string) => granted(await portal()(readShipment, { path: { id } }));
const untilStatus = (id: string, status: string) =>
  until(`shipment ${id} is ${status}`, async () => {
    const seen = await view(id);
    return seen.status === status && seen;
  });
const enter = async (id: string, carrier: "ems" | "yto", number: string) =>
  granted(
    await office()(sendShipment, {
      path: { id },
      key: `send-${id}-${number}`,
      body: { officer, by: { how: "waybill", carrier, number } },
    }),
  );

interface Told {
  readonly pushes: readonly { readonly status: number; readonly answer: unknown }[];
}
const move = async (carrier: string, number: string, state: string, more: object = {}): Promise<Told> => {
  const answer = await fetch(`${carrier}/parcels/${number}/events`, {
    method: "POST",
    body: JSON.stringify({ state, ...more }),
  });
  return (await answer.json()) as Told;
};
let serial = Date.now() % 1_000_000;
const emsNumber = () => `EA${String(100_000_000 + ++serial)}CN`;
const ytoNumber = () => `YT${String(1_000_000_000_000 + ++serial)}`;

describe("a parcel on the whole city", () => {
  it("is paid, sent by EMS, told of twice and out of order, delivered, taken back, and delivered after all", async () => {
    const { id } = await shipmentToSend({ payment: "online" });
    const { payment } = await view(id);
    await tell(OrderSettledV1, "/payments", newId(), 2, {
      purpose: { kind: "shipment", id, due: "shipment" },
      total: payment.total,
    });
    await untilStatus(id, "to-send");
    const list = granted(await office()(listShipmentsToSend, { query: { limit: "100" } }));
    expect(list.items.map((each) => each.id)).toContain(id);

    const number = emsNumber();
    await enter(id, "ems", number);
    const { ems } = city.outside;
    expect((await move(ems, number, "collected")).pushes).toMatchObject([
      { status: 200, answer: { response: { success: "1", failmailnums: "", remark: "" } } },
    ]);
    await misbehave(ems, { mode: "out-of-order", times: 1 });
    await move(ems, number, "in-transit", { at: "2030-01-01 10:00:00" });
    await misbehave(ems, { mode: "duplicate", times: 1 });
    await move(ems, number, "delivered", { at: "2030-01-01 16:00:00" });
    const delivered = await untilStatus(id, "delivered");
    expect(delivered.proof).toMatchObject({ at: "2030-01-01T08:00:00.000Z", signedBy: "本人收" });
    const journey = delivered.timeline
      .map(({ state }) => state)
      .filter((state) => !["requested", "ready", "sent"].includes(state));
    expect(journey).toEqual(["collected", "in-transit", "delivered"]);

    await fetch(`${ems}/parcels/${number}/withdrawals`, { method: "POST" });
    expect(await view(id)).toMatchObject({ status: "sent", attention: ["delivery-withdrawn"] });
    await move(ems, number, "delivered", { at: "2030-01-02 09:00:00" });
    expect(await view(id)).toMatchObject({ status: "delivered", attention: [] });
  });

  it("is ordered from SF, and forgers at its door are turned away", async () => {
    const { id } = await shipmentToSend({ carrier: "sf" });
    await untilStatus(id, "to-send");
    const { sf } = city.outside;
    const body = { officer, by: { how: "order", carrier: "sf", counter: counter() } } as const;
    await misbehave(sf, { mode: "500", times: 1 });
    const { waybill = "" } = granted(await office()(sendShipment, { path: { id }, key: `order-${id}`, body }));
    // The client has repeated what failed, with the same key: the carrier knows one order.
    expect(waybill).toMatch(/^SF\d{13}$/);
    const { orders } = (await (await fetch(`${sf}/inbox`)).json()) as { orders: Record<string, string> };
    expect(Object.values(orders)).toEqual([waybill]);

    await misbehave(sf, { mode: "forged", times: 1 });
    expect((await move(sf, waybill, "delivered")).pushes).toMatchObject([{ status: 404 }]);
    expect((await view(id)).status).toBe("sent");
    await misbehave(sf, { mode: "truncated", times: 1 });
    expect((await move(sf, waybill, "out-for-delivery")).pushes[0]?.status).toBe(400);
    const good = await move(sf, waybill, "delivered");
    expect(good.pushes).toMatchObject([{ status: 200, answer: { return_code: "0000", return_msg: "成功" } }]);
    expect((await view(id)).status).toBe("delivered");
  });

  it("is followed by Kuaidi100, which gives up, is asked again, and brings it back", async () => {
    const { id } = await shipmentToSend();
    await untilStatus(id, "to-send");
    const { kuaidi100 } = city.outside;
    const number = ytoNumber();
    await enter(id, "yto", number);
    const subscribed = () =>
      until("it is subscribed", async () => {
        const { subscriptions } = (await (await fetch(`${kuaidi100}/inbox`)).json()) as {
          subscriptions: { number: string }[];
        };
        return subscriptions.some((each) => each.number === number);
      });
    await subscribed();
    await move(kuaidi100, number, "collected");
    await misbehave(kuaidi100, { mode: "forged", times: 1 });
    expect((await move(kuaidi100, number, "in-transit")).pushes).toMatchObject([{ status: 403 }]);
    await misbehave(kuaidi100, { mode: "abort", times: 1 });
    await move(kuaidi100, number, "in-transit");
    expect((await view(id)).attention).toEqual(["tracking-aborted"]);

    const settle = { officer, reason: "单号无误，请继续跟踪", action: "follow-again" } as const;
    granted(await office()(settleShipment, { path: { id }, key: `settle-${id}`, body: settle }));
    expect((await view(id)).attention).toEqual([]);
    const moved = await move(kuaidi100, number, "returned");
    expect(moved.pushes).toMatchObject([{ status: 200, answer: { result: true, returnCode: "200", message: "成功" } }]);
    expect(await view(id)).toMatchObject({ status: "returned", attention: ["returned"] });

    const again = { officer, reason: "申请人更正地址", action: "send-again" } as const;
    granted(await office()(settleShipment, { path: { id }, key: `again-${id}`, body: again }));
    expect((await view(id)).status).toBe("to-send");
  });

  it("is not lost when the carrier tells before the number is entered", async () => {
    const { id } = await shipmentToSend();
    await untilStatus(id, "to-send");
    const number = emsNumber();
    const early = await move(city.outside.ems, number, "delivered");
    expect(early.pushes).toMatchObject([{ status: 200, answer: { response: { success: "1" } } }]);
    await enter(id, "ems", number);
    expect((await untilStatus(id, "delivered")).proof?.signedBy).toBe("本人收");
  });

  it("is looked after by the hour, again and again without another effect", async () => {
    const looked = await city.cloud.invoke("Logistics/LookAtShipments", {});
    expect(looked).toEqual({ found: 0, failed: 0 });
    expect(await city.cloud.invoke("Logistics/LookAtShipments", {})).toEqual(looked);
    expect(granted(await office()(listShipmentDifferences, { query: { limit: "100" } })).items).toEqual([]);
  });
});

it("shipments stay readable when the keys are rotated", async () => {
  const { id } = await shipmentToSend();
  const keys = await fieldKeysOf(city, "Logistics");
  await keys.putNewKey();
  const first = await keys.rotate();
  expect(first.left).toBe(0);
  expect(first.rewritten).toBeGreaterThan(3);
  expect(await keys.rotate()).toMatchObject({ rewritten: 0, left: 0 });
  await keys.takeOldKeyAway();
  keys.stop();
  city.cloud.killWorkers("Logistics/Http");
  expect((await view(id)).id).toBe(id);
});

it("no function of logistics was refused a call, and none has a grant that it does not need", () => {
  const ours = ({ function: name }: { function: string }) => name.includes("-logistics-");
  expect(city.cloud.deniedCalls().filter(ours)).toEqual([]);
  const forFaults = ["sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "s3:PutObject"];
  // Days would have to pass before there is something to find.
  const findsNothing = (name: string, action: string) => name.includes("LookAtShipments") && !action.endsWith("Query");
  const unused = city.cloud
    .unusedGrants()
    .filter((grant) => ours(grant) && !forFaults.includes(grant.action) && !findsNothing(grant.function, grant.action));
  expect(unused).toEqual([]);
});
