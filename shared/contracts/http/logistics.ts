import * as z from "zod";
import { PageQuery, pageOf, type RefusalText, route } from "./route.ts";

const Id = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);

/** materials to the counter (上门取件); the result to the person (结果送达). */
const Direction = z.enum(["to-counter", "to-applicant"]);

/** Carriers (快递公司) whose parcels can be followed. */
const CarrierCode = z.enum(["ems", "sf", "post", "jd", "zto", "yto", "sto", "yunda", "jt", "deppon"]);

/** One vocabulary, whatever the carrier says. */
const ParcelState = z.enum([
  "collected",
  "in-transit",
  "out-for-delivery",
  "forwarded",
  "customs",
  "problem",
  "refused",
  "returning",
  "returned",
  "delivered",
]);

const states =
  "collected 已揽收, in-transit 运输中, out-for-delivery 派送中, forwarded 已转寄, customs 清关中, problem 异常, refused 拒收, returning 退回中, returned 已退回, delivered 已签收";

const Address = z
  .object({
    name: z.string().trim().min(1).max(50).describe("收件人或寄件人姓名"),
    phone: z
      .string()
      .regex(/^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?)$/)
      .describe("mobile, or fixed line with its area code"),
    division: z
      .string()
      .regex(/^[1-9]\d{5}(\d{3}(\d{3})?)?$/)
      .describe("code of the district, town or village (6, 9 or 12 digits)"),
    region: z.string().trim().min(2).max(60).describe("province, city and district as written on the waybill (省市区)"),
    street: z.string().trim().min(2).max(120).describe("street, number, building, room"),
  })
  .meta({ id: "CourierAddress" });

const Status = z.enum(["awaiting-payment", "awaiting-result", "to-send", "sent", "delivered", "returned", "cancelled"]);

const statuses =
  "awaiting-payment 待付运费, awaiting-result 待出结果, to-send 待寄出, sent 已寄出, delivered 已签收, returned 已退回, cancelled 已取消";

const Attention = z.enum([
  "tracking-aborted",
  "tracking-refused",
  "problem",
  "not-moving",
  "delivery-withdrawn",
  "refused",
  "returned",
  "order-open",
]);

const Difference = z.enum(["shipped-unpaid", "paid-unshipped", "fee-differs"]);

/** The answer to every command; a repeat of the command gets the same bytes. */
const Receipt = z
  .object({
    id: Id,
    application: Id,
    direction: Direction,
    status: Status.describe(statuses),
    fee: z.int().nonnegative().optional().describe("fen, to be paid on line before it is sent"),
    waybill: z.string().optional(),
    version: z.int().positive(),
  })
  .meta({ id: "ShipmentReceipt" });
type Receipt = z.infer<typeof Receipt>;

const TimelineEntry = z
  .object({
    at: z.iso.datetime(),
    state: z.union([ParcelState, z.enum(["requested", "ready", "sent", "cancelled", "sent-again"])]).describe(states),
    text: z.string().optional().describe("as the carrier wrote it"),
    place: z.string().optional(),
    waybill: z.string().optional(),
  })
  .meta({ id: "ShipmentTimelineEntry" });

const ShipmentView = z
  .object({
    id: Id,
    application: Id,
    number: z.string().describe("case number"),
    direction: Direction,
    status: Status.describe(statuses),
    parcel: ParcelState.optional().describe(states),
    carrier: CarrierCode,
    waybill: z.string().optional(),
    payment: z.object({
      kind: z
        .enum(["online", "on-delivery", "free"])
        .describe("on line beforehand, by the receiver (到付), by the city"),
      total: z.int().nonnegative().describe("fen; what a parcel paid by the receiver costs is an estimate"),
      settledAt: z.iso.datetime().optional(),
      assumed: z.boolean().describe("the tariff is assumed, not the carrier's own"),
    }),
    address: Address.extend({ phone: z.string() })
      .optional()
      .describe("name, phone and street masked; erased some time after the shipment has ended"),
    requestedAt: z.iso.datetime(),
    proof: z
      .object({ at: z.iso.datetime(), text: z.string(), signedBy: z.string().optional() })
      .optional()
      .describe("proof of delivery (签收凭证)"),
    attention: z.array(Attention).describe("what a person of the department has to see to"),
    timeline: z.array(TimelineEntry).describe("oldest first, in one vocabulary whatever the carrier"),
    truncated: z.boolean().describe("the carrier told more than is kept: the middle of the journey is missing"),
    version: z.int().positive(),
  })
  .meta({ id: "Shipment" });
export type ShipmentView = z.infer<typeof ShipmentView>;

const ToSend = z
  .object({
    id: Id,
    application: Id,
    number: z.string(),
    direction: Direction,
    carrier: CarrierCode,
    division: z.string(),
    readyAt: z.iso.datetime(),
  })
  .meta({ id: "ShipmentToSend" });

const DifferenceView = z
  .object({
    id: Id,
    application: Id,
    number: z.string(),
    department: z.string(),
    division: z.string(),
    difference: Difference,
    foundAt: z.iso.datetime(),
    due: z.int().nonnegative().describe("fen"),
    paid: z.int().describe("fen, refunds taken off"),
  })
  .meta({ id: "ShipmentDifference" });

const texts = {
  "shipment.not-found": { status: 404, zh: "没有这个寄递单。", en: "No such shipment." },
  "application.not-found": { status: 404, zh: "没有这个办件。", en: "No such application." },
  "shipment.not-deliverable": {
    status: 422,
    zh: "该事项不支持寄递。",
    en: "The item's materials and results are not sent by courier.",
  },
  "shipment.case-closed": {
    status: 409,
    zh: "办件已结束，不能再寄递。",
    en: "The case is closed: nothing is sent for it.",
  },
  "shipment.already-open": {
    status: 409,
    zh: "该办件在此方向已有未完成的寄递单。",
    en: "The case has an open shipment in this direction.",
  },
  "shipment.too-many": {
    status: 409,
    zh: "该办件的寄递单数量已达上限。",
    en: "The case has had as many shipments in this direction as there may be.",
  },
  "shipment.already-sent": {
    status: 409,
    zh: "邮件已寄出，不能取消。",
    en: "It has been sent and cannot be cancelled.",
  },
  "shipment.not-to-send": {
    status: 409,
    zh: "该寄递单当前不能寄出；detail 为其状态。",
    en: "It cannot be sent now; `detail` is its status.",
  },
  "shipment.not-sent": { status: 409, zh: "该寄递单尚未寄出。", en: "It has not been sent." },
  "shipment.waybill-malformed": {
    status: 422,
    zh: "运单号不符合该快递公司的编号规则。",
    en: "The number is not one of that carrier's.",
  },
  "shipment.waybill-in-use": {
    status: 409,
    zh: "该运单号已用于另一个寄递单。",
    en: "The waybill belongs to another shipment.",
  },
  "shipment.carrier-refused": {
    status: 422,
    zh: "快递公司未接受此单；detail 为其答复代码。",
    en: "The carrier did not take the order; `detail` is its code.",
  },
  "shipment.carrier-takes-no-orders": {
    status: 422,
    zh: "未与该快递公司开通下单接口，请录入运单号。",
    en: "No orders can be placed with this carrier: enter the waybill's number.",
  },
  "shipment.carrier-unavailable": {
    status: 503,
    zh: "快递公司的系统暂时没有答复。请稍后再试，或录入运单号。",
    en: "The carrier does not answer. Try again later, or enter a waybill's number.",
  },
  "shipment.already-delivered": {
    status: 409,
    zh: "邮件已签收，不能再更正运单号。",
    en: "It was delivered: its waybill is not corrected any more.",
  },
  "shipment.address-erased": {
    status: 409,
    zh: "该寄递单已结束多时，地址已删除；请重新申请寄递。",
    en: "It ended long ago and its address is erased: request a new shipment.",
  },
  "shipment.officer-missing": {
    status: 422,
    zh: "须写明经办人工号。",
    en: "Name the officer who acts.",
  },
  "shipment.nothing-to-settle": { status: 409, zh: "没有待处理的情况。", en: "Nothing waits to be settled." },
  "shipment.not-come-back": {
    status: 409,
    zh: "邮件未被拒收或退回，不能重新寄出。",
    en: "It was neither refused nor returned: it is not sent again.",
  },
  "shipment.not-followed": {
    status: 409,
    zh: "该邮件不由快递100跟踪，或本月订阅已达四次。",
    en: "It is not followed by Kuaidi100, or was subscribed four times this month.",
  },
  "shipment.difference-not-found": { status: 404, zh: "没有这条对账差异。", en: "No such difference." },
} as const satisfies Record<string, RefusalText>;

const pick = <K extends keyof typeof texts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, texts[code]])) as Pick<typeof texts, K>;

const byId = z.object({ id: Id });
const Officer = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .optional()
  .describe("staff number of the officer who acts; left out with a token of staff");
const Reason = z.string().trim().min(2).max(500);
const typedWaybill = { carrier: CarrierCode, number: z.string().trim().min(6).max(32) };
const receipt = { status: 200, schema: Receipt, version: (r: Receipt) => r.version } as const;

export const requestShipment = route({
  operation: "requestShipment",
  tag: "logistics",
  summary: "Have materials collected or the result delivered (申请寄递)",
  method: "POST",
  path: "/v1/applications/{id}/shipments",
  scopes: ["shipments:request"],
  pathParams: byId,
  keyed: true,
  body: z.object({
    direction: Direction,
    address: Address,
    carrier: CarrierCode.default("ems"),
    payment: z.enum(["online", "on-delivery"]).default("online"),
  }),
  success: { ...receipt, status: 201 },
  refusals: pick(
    "application.not-found",
    "shipment.not-deliverable",
    "shipment.case-closed",
    "shipment.already-open",
    "shipment.too-many",
  ),
});

export const listShipments = route({
  operation: "listShipments",
  tag: "logistics",
  summary: "The shipments of a case, both ways, the newest first",
  method: "GET",
  path: "/v1/applications/{id}/shipments",
  scopes: ["applications:read"],
  pathParams: byId,
  success: { status: 200, schema: z.object({ items: z.array(ShipmentView) }) },
  refusals: pick("application.not-found"),
});

export const readShipment = route({
  operation: "readShipment",
  tag: "logistics",
  summary: "A shipment with its timeline, the address masked",
  method: "GET",
  path: "/v1/shipments/{id}",
  scopes: ["applications:read"],
  pathParams: byId,
  success: { status: 200, schema: ShipmentView, version: (view) => view.version },
  refusals: pick("shipment.not-found"),
});

export const cancelShipment = route({
  operation: "cancelShipment",
  tag: "logistics",
  summary: "Cancel a shipment that has not been sent",
  method: "POST",
  path: "/v1/shipments/{id}/cancel",
  scopes: ["shipments:request"],
  pathParams: byId,
  keyed: true,
  body: z.object({ reason: Reason.optional() }),
  success: receipt,
  refusals: pick("shipment.not-found", "shipment.already-sent"),
});

export const listShipmentsToSend = route({
  operation: "listShipmentsToSend",
  tag: "logistics",
  summary: "The department's shipments that wait to be sent, the longest waiting first",
  method: "GET",
  path: "/v1/shipments",
  scopes: ["shipments:manage"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(ToSend) },
  refusals: {},
});

export const readShipmentAddress = route({
  operation: "readShipmentAddress",
  tag: "logistics",
  summary: "The address, unmasked; every reading is recorded with its purpose",
  method: "POST",
  path: "/v1/shipments/{id}/address",
  scopes: ["shipments:manage"],
  pathParams: byId,
  body: z.object({ purpose: z.enum(["sending", "settling"]), officer: Officer }),
  success: { status: 200, schema: z.object({ address: Address }) },
  refusals: pick("shipment.not-found", "shipment.officer-missing", "shipment.address-erased"),
});

export const sendShipment = route({
  operation: "sendShipment",
  tag: "logistics",
  summary: "Send it: enter the waybill, or have the carrier give one by placing an order with it",
  method: "POST",
  path: "/v1/shipments/{id}/send",
  scopes: ["shipments:manage"],
  pathParams: byId,
  keyed: true,
  body: z.object({
    officer: Officer,
    by: z.discriminatedUnion("how", [
      z.object({
        how: z.literal("waybill"),
        ...typedWaybill,
      }),
      z.object({
        how: z.literal("order"),
        carrier: CarrierCode,
        counter: Address.describe("the counter's own address: where from, or where to"),
      }),
    ]),
  }),
  success: receipt,
  refusals: pick(
    "shipment.not-found",
    "shipment.not-to-send",
    "shipment.waybill-malformed",
    "shipment.waybill-in-use",
    "shipment.carrier-refused",
    "shipment.carrier-unavailable",
    "shipment.carrier-takes-no-orders",
    "shipment.officer-missing",
  ),
});

export const settleShipment = route({
  operation: "settleShipment",
  tag: "logistics",
  summary:
    "Settle what needed a person: note it, send again what came back, have it followed anew, record a handover, or correct the waybill",
  method: "POST",
  path: "/v1/shipments/{id}/settle",
  scopes: ["shipments:manage"],
  pathParams: byId,
  keyed: true,
  body: z.discriminatedUnion("action", [
    z.object({
      officer: Officer,
      reason: Reason,
      action: z
        .enum(["note", "send-again", "follow-again", "handed-over"])
        .describe("handed-over: it is known from elsewhere that the parcel arrived"),
    }),
    z.object({
      officer: Officer,
      reason: Reason,
      action: z
        .literal("correct-waybill")
        .describe("another number was typed than the parcel bears; until it is delivered"),
      ...typedWaybill,
    }),
  ]),
  success: receipt,
  refusals: pick(
    "shipment.not-found",
    "shipment.nothing-to-settle",
    "shipment.not-sent",
    "shipment.not-come-back",
    "shipment.not-followed",
    "shipment.already-delivered",
    "shipment.address-erased",
    "shipment.waybill-malformed",
    "shipment.waybill-in-use",
    "shipment.officer-missing",
  ),
});

const resolution = {
  method: "POST",
  pathParams: byId,
  keyed: true,
  body: z.object({ officer: Officer, reason: Reason }),
  success: receipt,
  refusals: pick("shipment.difference-not-found", "shipment.officer-missing"),
} as const;

export const listShipmentDifferences = route({
  operation: "listShipmentDifferences",
  tag: "logistics",
  summary: "Where the department's parcels and their payments do not agree, the oldest first",
  method: "GET",
  path: "/v1/shipment-differences",
  scopes: ["shipments:manage"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(DifferenceView) },
  refusals: {},
});

export const resolveShipmentDifference = route({
  ...resolution,
  operation: "resolveShipmentDifference",
  tag: "logistics",
  summary: "Say why parcel and payment do not agree",
  path: "/v1/shipment-differences/{id}/resolve",
  scopes: ["shipments:manage"],
});

export const reconcileShipments = route({
  operation: "reconcileShipments",
  tag: "logistics",
  summary: "Where the whole city's parcels and their payments do not agree, the oldest first",
  method: "GET",
  path: "/v1/reconciliation/shipments",
  scopes: ["payments:reconcile"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(DifferenceView) },
  refusals: {},
});

export const resolveReconciledShipment = route({
  ...resolution,
  operation: "resolveReconciledShipment",
  tag: "logistics",
  summary: "Say why parcel and payment do not agree, for any department",
  path: "/v1/reconciliation/shipments/{id}/resolve",
  scopes: ["payments:reconcile"],
});
