import { memoryCases } from "#functions/logistics/adapters/memory-cases.ts";
import { memoryShipments } from "#functions/logistics/adapters/memory-shipments.ts";
import { memoryWaybills } from "#functions/logistics/adapters/memory-waybills.ts";
import type { CaseFacts } from "#functions/logistics/domain/case-facts.ts";
import type { CarrierOrder, CarrierOrders, OrderAnswer, Subscription } from "#functions/logistics/domain/ports.ts";
import { maySend, requestShipment, sendShipment } from "#functions/logistics/domain/request-shipment.ts";
import type { Address, Change, Command, Following, Shipment } from "#functions/logistics/domain/shipment.ts";
import type { Tariff } from "#functions/logistics/domain/tariff.ts";
import { reconciling } from "#functions/logistics/domain/watch-shipment.ts";
import { shipmentId } from "#functions/logistics/steps/shipments-of-case.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";

export const cipher = fieldCipher({ id: "k1", key: "a key for tests, and for nothing else", previous: [] });
export const patience = { quietWorkingDays: 3, unsentWorkingDays: 3, addressKeptDays: 90 };
export const tariff: Tariff = {
  assumed: true,
  default: { city: 1000, province: 1200, country: 2000 },
  carriers: { post: { city: 0, province: 0, country: 0 } },
};

/** Invented. */
export const address = (more: Partial<Address> = {}): Address => ({
  name: "欧阳小明",
  phone: "13800138000",
  division: "440606",
  region: "广东省佛山市顺德区",
  street: "大良街道示范路 8 号 1203 房",
  ...more,
});

export const counter = (): Address => ({
  name: "综合窗口",
  phone: "0757-22832000",
  division: "440606",
  region: "广东省佛山市顺德区",
  street: "行政服务中心 3 楼",
});

/** Words that may stand nowhere but in a sealed attribute. */
export const personalWords = (): readonly string[] => {
  const { name, phone, street } = address();
  return [name, phone, street];
};

export const CASE = derivedId("case", "1");
export const PERSON = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";
export const START = "2026-11-23T02:00:00.000Z";

export const caseFacts = (more: Partial<CaseFacts> = {}): CaseFacts => ({
  id: CASE,
  version: 1,
  sequence: 1,
  status: "open",
  number: "11440606MB2D26310W4440712002040202611227Z3K9M2QX4B",
  itemCode: "11440606MB2D26310W4440712002040",
  department: "11440606MB2D26310W",
  division: "440606",
  applicant: { kind: "natural", id: PERSON },
  deliverable: true,
  ...more,
});

let keys = 0;
export const command = (at = START, more: Partial<Command> = {}): Command => ({
  at,
  key: `test/${++keys}`,
  fingerprint: "f",
  by: { client: "test", officer: "ss-sj-0102" },
  ...more,
});

export const granted = <T>(decision: Decision<T, string>): T => {
  if (!decision.ok) throw new Error(`refused: ${decision.refusal.code}`);
  return decision.value;
};

export const requested = (
  more: Partial<Parameters<typeof requestShipment>[2]> = {},
  facts: Partial<CaseFacts> = { status: "decided" },
  at = START,
): Change => {
  const wish = { direction: "to-applicant", address: address(), carrier: "ems", payment: "online", ...more } as const;
  const known = caseFacts(facts);
  const id = shipmentId(known.id, wish.direction, 0);
  return granted(requestShipment({ id, serial: 0 }, known, wish, tariff, command(at)));
};

export const NUMBERS = { ems: "LK434266003CN", sf: "SF7444400031887", yto: "YT1234567890123" } as const;

export const byTracker: Following = { by: "kuaidi100", state: "wanted", code: "yuantong", subscriptions: [] };

/** A parcel on its way, paid by the receiver. */
export const sentBy = (
  carrier: keyof typeof NUMBERS = "ems",
  following: Following = { by: "carrier" },
  at = START,
): Shipment => {
  const state = requested({ payment: "on-delivery", carrier }).state;
  const waybill = granted(maySend(state, { carrier, number: NUMBERS[carrier] })) ?? { carrier, number: "" };
  return granted(sendShipment(state, waybill, following, command(at))).state;
};

/** The capability with memory adapters, a carrier that gives numbers and a tracker that takes what it is told to. */
export const logisticsStage = ({ now }: { now?: () => string } = {}) => {
  let at = START;
  const clock = now ?? (() => at);
  const memory = memoryShipments(cipher, patience);
  const orders: CarrierOrder[] = [];
  const subscriptions: Subscription[] = [];
  const answers: { order: () => OrderAnswer; subscription: () => "followed" | "refused" } = {
    order: () => ({ number: NUMBERS.sf }),
    subscription: () => "followed",
  };
  const carrierOrders: CarrierOrders = {
    takes: (carrier) => carrier === "sf",
    async place(_carrier, order) {
      orders.push(order);
      return answers.order();
    },
  };
  const deps = {
    shipments: reconciling(memory, patience),
    cases: memoryCases(),
    waybills: memoryWaybills(cipher),
    now: clock,
    patience,
    tariff,
    orders: carrierOrders,
    followingOf: (carrier: string, how: string): Following => {
      if (carrier === "ems" || (carrier === "sf" && how === "order")) return { by: "carrier" };
      return { by: "kuaidi100", state: "wanted", code: carrier === "sf" ? "shunfeng" : "yuantong", subscriptions: [] };
    },
    tracker: {
      async subscribe(subscription: Subscription) {
        subscriptions.push(subscription);
        return answers.subscription();
      },
    },
  };
  return {
    deps,
    answers,
    orders,
    subscriptions,
    setNow: (instant: string) => {
      at = instant;
    },
    published: (): readonly AnyEvent[] => memory.published(),
    told: (): readonly string[] => memory.published().map(({ type }) => type.replace(/^gov\.yimen\./, "")),
  };
};
