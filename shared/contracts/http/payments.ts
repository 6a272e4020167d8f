import * as z from "zod";
import { Charge, Deadline } from "../events/parts.ts";
import { AttentionWhat } from "../events/payments.ts";
import { pageOf, type RefusalText, route } from "./route.ts";

const OrderId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
const Fen = z.int().positive().max(1_000_000_000).describe("fen");

export const ProviderName = z.enum(["wechat", "alipay", "unionpay", "nontax"]);
const Way = z
  .enum(["native-qr", "jsapi", "h5", "page"])
  .describe("a code to scan, a call inside the provider's app, a page on the phone, a page on the desktop");

const RefundView = z
  .object({
    id: z.string(),
    amount: Fen,
    reason: z.string(),
    state: z.enum([
      "requested",
      "approved",
      "processing",
      "completed",
      "rejected",
      "closed",
      "abnormal",
      "returned",
      "kept",
    ]),
    automatic: z.boolean().describe("money that came twice or too late goes back without being asked for"),
    requestedAt: z.iso.datetime(),
    requestedBy: z.string().optional(),
    decidedBy: z.string().optional(),
  })
  .meta({ id: "Refund" });

const ReceiptState = z.enum(["due", "issued", "voiding", "voided", "none"]);

const PaymentOrderView = z
  .object({
    id: OrderId,
    version: z.int(),
    purpose: z.object({
      kind: z.enum(["application", "shipment"]),
      id: z.string(),
      due: z.enum(["acceptance", "issue", "shipment"]),
    }),
    application: z.string(),
    number: z.string().describe("case number"),
    status: z.enum(["open", "settled", "closed"]),
    reason: z.enum(["expired", "cancelled"]).optional(),
    charges: z.array(Charge),
    total: Fen,
    payBy: Deadline,
    openedAt: z.iso.datetime(),
    settled: z.object({ provider: ProviderName, at: z.iso.datetime() }).optional(),
    receipt: ReceiptState.optional().describe("of the fiscal e-receipt"),
    refunds: z.array(RefundView),
  })
  .meta({ id: "PaymentOrder" });
export type PaymentOrderView = z.infer<typeof PaymentOrderView>;

const DepartmentOrderView = PaymentOrderView.extend({
  surplus: z
    .array(z.object({ number: z.string(), provider: ProviderName, amount: Fen, at: z.iso.datetime() }))
    .describe("settlements beside the one that counts"),
  attention: z.array(
    z.object({
      what: AttentionWhat,
      reference: z.string(),
      since: z.iso.datetime(),
    }),
  ),
}).meta({ id: "DepartmentPaymentOrder" });
export type DepartmentOrderView = z.infer<typeof DepartmentOrderView>;

const CheckoutView = z
  .object({
    number: z.string().describe("of the attempt, as the provider knows it"),
    provider: ProviderName,
    way: Way,
    pay: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("qr"), content: z.string().describe("to be shown as a QR code") }),
      z.object({ kind: z.literal("redirect"), url: z.string() }),
      z.object({ kind: z.literal("form"), action: z.string(), fields: z.record(z.string(), z.string()) }),
      z.object({ kind: z.literal("jsapi"), parameters: z.record(z.string(), z.string()) }),
    ]),
  })
  .meta({ id: "Checkout" });

const ReceiptView = z
  .object({
    code: z
      .string()
      .regex(/^\d{8}$/)
      .describe("票据代码"),
    number: z
      .string()
      .regex(/^\d{10}$/)
      .describe("票据号码"),
    check: z
      .string()
      .regex(/^[0-9a-z]{6}$/i)
      .describe("校验码"),
    date: z.iso.date(),
    state: z.enum(["issued", "voiding", "voided"]),
    payer: z.string().optional().describe("缴款人"),
    collectingUnit: z.string().describe("收款单位, unified social credit code"),
    charges: z.array(Charge),
    total: Fen,
    pdf: z.string().describe("where the PDF is, for ten minutes"),
  })
  .meta({ id: "FiscalReceipt" });

const DifferenceView = z
  .object({
    id: z.string(),
    kind: z
      .enum(["missing-here", "missing-there", "amount", "status", "duplicate"])
      .describe("what stands only in the bill, what stands only in our books, what stands in both but not alike"),
    movement: z.enum(["payment", "refund"]),
    number: z.string(),
    trade: z.string().optional(),
    here: z.int().optional().describe("fen in our books"),
    there: z.int().optional().describe("fen in the provider's bill"),
    note: z.string().optional(),
    resolution: z.object({ reason: z.string(), officer: z.string(), at: z.iso.datetime() }).optional(),
  })
  .meta({ id: "BillDifference" });

const BillDayView = z
  .object({
    provider: ProviderName,
    date: z.iso.date(),
    version: z.int(),
    status: z.enum(["running", "failed", "compared", "closed"]),
    progress: z
      .object({ lines: z.int(), parts: z.int(), partsDone: z.int() })
      .describe("of the comparison that runs or ran last"),
    failure: z.string().optional().describe("why the last comparison could not be made"),
    sums: z
      .object({
        here: z.object({ payments: z.int(), refunds: z.int(), count: z.int() }),
        there: z.object({ payments: z.int(), refunds: z.int(), count: z.int() }),
      })
      .optional()
      .describe("fen"),
    open: z.int().describe("differences not resolved yet"),
    overflown: z.boolean().describe("there are more differences than are listed; the day cannot be closed so"),
    differences: z.array(DifferenceView),
  })
  .meta({ id: "BillDay" });
export type BillDayView = z.infer<typeof BillDayView>;

const texts = {
  "payment.order-not-found": { status: 404, zh: "没有这个缴费单。", en: "No such payment order." },
  "payment.order-settled": { status: 409, zh: "该缴费单已支付。", en: "The order is paid." },
  "payment.order-closed": {
    status: 409,
    zh: "该缴费单已关闭，不能支付。",
    en: "The order is closed and cannot be paid.",
  },
  "payment.order-unpaid": { status: 409, zh: "该缴费单尚未支付。", en: "The order is not paid." },
  "payment.attempt-over": {
    status: 409,
    zh: "本次支付已失效，请重新发起支付。",
    en: "This payment can no longer be made; start a new payment.",
  },
  "payment.too-many-attempts": {
    status: 409,
    zh: "该缴费单的支付尝试次数过多，请稍后再试。",
    en: "There were too many attempts to pay this order.",
  },
  "payment.way-not-offered": {
    status: 422,
    zh: "该支付机构不支持所选支付方式，或缺少其所需参数。",
    en: "The provider does not offer this way to pay, or a parameter that it needs is missing.",
  },
  "payment.provider-not-offered": {
    status: 422,
    zh: "本市未开通该支付机构。",
    en: "This city does not work with that provider.",
  },
  "payment.provider-refused": {
    status: 409,
    zh: "支付机构拒绝了请求，请选择其他支付方式。",
    en: "The provider refused; choose another one.",
  },
  "payment.provider-unavailable": {
    status: 503,
    zh: "支付机构暂时没有响应，请稍后重试或选择其他支付机构。",
    en: "The provider does not answer; try again later, or choose another one.",
  },
  "payment.receipt-not-ready": {
    status: 409,
    zh: "财政电子票据尚未开具，请稍后再试。",
    en: "The fiscal e-receipt is not made out yet.",
  },
  "payment.no-receipt": {
    status: 409,
    zh: "该缴费单没有财政电子票据。",
    en: "There is no fiscal e-receipt for this order.",
  },
  "payment.role-missing": {
    status: 403,
    zh: "您的岗位角色不能进行此操作。",
    en: "Your role does not allow this.",
  },
  "payment.officer-missing": {
    status: 422,
    zh: "请求中须注明经办人员。",
    en: "The officer who acts must be named.",
  },
  "refund.exceeds-payment": {
    status: 409,
    zh: "退款总额超过已支付金额。",
    en: "The refunds would exceed the payment.",
  },
  "refund.too-many": { status: 409, zh: "该缴费单的退款次数过多。", en: "There are too many refunds of this order." },
  "refund.not-found": { status: 404, zh: "没有这笔退款。", en: "No such refund." },
  "refund.decided": { status: 409, zh: "该退款已审核。", en: "The refund is decided already." },
  "refund.own-request": {
    status: 409,
    zh: "申请退款的人不能审核该退款。",
    en: "Who asked for the refund cannot decide it.",
  },
  "attention.not-found": { status: 404, zh: "没有这个待处理事项。", en: "Nothing of that kind waits for anybody." },
  "day.not-found": { status: 404, zh: "该日尚未对账。", en: "That day has not been compared." },
  "day.not-over": {
    status: 409,
    zh: "账单次日10时后方可下载。",
    en: "The bill is not ready before 10 o'clock of the next day.",
  },
  "day.closed": { status: 409, zh: "该日已关账。", en: "The day is closed." },
  "day.differs": {
    status: 409,
    zh: "仍有差异未处理，不能关账。",
    en: "The day cannot be closed while differences are open.",
  },
  "day.not-compared": {
    status: 409,
    zh: "该日的对账尚未完成，请稍后再试。",
    en: "The comparison of that day is not complete; try again later.",
  },
  "difference.not-found": { status: 404, zh: "没有这项差异。", en: "No such difference." },
} as const satisfies Record<string, RefusalText>;

const pick = <K extends keyof typeof texts>(...codes: K[]): Pick<typeof texts, K> =>
  Object.fromEntries(codes.map((code) => [code, texts[code]])) as Pick<typeof texts, K>;

const byOrder = z.object({ id: OrderId });
const Officer = z
  .string()
  .regex(/^[\w-]{1,40}$/)
  .optional()
  .describe("staff number; left out with a token of staff");

export const listPaymentOrders = route({
  operation: "listPaymentOrders",
  tag: "payments",
  summary: "The payment orders of a case, its shipments' included",
  method: "GET",
  path: "/v1/payments/orders",
  scopes: ["payments:pay"],
  query: z.object({ application: z.string().min(1).max(64) }),
  success: { status: 200, schema: pageOf(PaymentOrderView) },
  refusals: {},
});

export const readPaymentOrder = route({
  operation: "readPaymentOrder",
  tag: "payments",
  summary: "One payment order; ask again after the payer has come back, until it is settled",
  method: "GET",
  path: "/v1/payments/orders/{id}",
  scopes: ["payments:pay"],
  pathParams: byOrder,
  success: { status: 200, schema: PaymentOrderView, version: ({ version }) => version },
  refusals: pick("payment.order-not-found"),
});

export const checkOutPaymentOrder = route({
  operation: "checkOutPaymentOrder",
  tag: "payments",
  summary:
    "Begin to pay at a provider; the answer is what the payer's device needs. Whatever was tried, one settlement counts",
  method: "POST",
  path: "/v1/payments/orders/{id}/checkout",
  scopes: ["payments:pay"],
  keyed: true,
  pathParams: byOrder,
  body: z.object({
    provider: ProviderName,
    way: Way,
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .optional()
      .describe("where the payer comes back to"),
    openId: z.string().min(1).max(128).optional().describe("the payer inside the provider's app, for jsapi"),
    payer: z
      .object({
        name: z.string().trim().min(1).max(100),
        code: z
          .string()
          .regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/)
          .optional()
          .describe("unified social credit code of an enterprise"),
      })
      .optional()
      .describe("who is named on the fiscal receipt; with a person's token it is whom they act for"),
  }),
  success: { status: 200, schema: CheckoutView },
  refusals: pick(
    "payment.order-not-found",
    "payment.order-settled",
    "payment.order-closed",
    "payment.attempt-over",
    "payment.too-many-attempts",
    "payment.way-not-offered",
    "payment.provider-not-offered",
    "payment.provider-refused",
    "payment.provider-unavailable",
  ),
});

export const renewPaymentOrder = route({
  operation: "renewPaymentOrder",
  tag: "payments",
  summary: "Open an expired order again, as long as the case waits for it",
  method: "POST",
  path: "/v1/payments/orders/{id}/renew",
  scopes: ["payments:pay"],
  keyed: true,
  pathParams: byOrder,
  success: { status: 200, schema: PaymentOrderView },
  refusals: pick("payment.order-not-found", "payment.order-settled", "payment.order-closed"),
});

export const readFiscalReceipt = route({
  operation: "readFiscalReceipt",
  tag: "payments",
  summary: "The fiscal e-receipt (财政电子票据) of a paid order",
  method: "GET",
  path: "/v1/payments/orders/{id}/receipt",
  scopes: ["payments:pay"],
  pathParams: byOrder,
  success: { status: 200, schema: ReceiptView },
  refusals: pick("payment.order-not-found", "payment.order-unpaid", "payment.receipt-not-ready", "payment.no-receipt"),
});

export const listDepartmentPaymentOrders = route({
  operation: "listDepartmentPaymentOrders",
  tag: "payments",
  summary: "The payment orders of one of the department's own cases, with what went back and what needs a person",
  method: "GET",
  path: "/v1/payments/department-orders",
  scopes: ["payments:refund"],
  query: z.object({ application: z.string().min(1).max(64) }),
  success: { status: 200, schema: pageOf(DepartmentOrderView) },
  refusals: {},
});

export const requestRefund = route({
  operation: "requestRefund",
  tag: "payments",
  summary: "Ask that money be given back, in full or in part; another officer has to approve it",
  method: "POST",
  path: "/v1/payments/orders/{id}/refunds",
  scopes: ["payments:refund"],
  keyed: true,
  pathParams: byOrder,
  body: z.object({ amount: Fen, reason: z.string().trim().min(1).max(80), officer: Officer }),
  success: { status: 201, schema: DepartmentOrderView },
  refusals: pick(
    "payment.order-not-found",
    "payment.order-unpaid",
    "refund.exceeds-payment",
    "refund.too-many",
    "payment.role-missing",
    "payment.officer-missing",
  ),
});

export const decideRefund = route({
  operation: "decideRefund",
  tag: "payments",
  summary: "Approve or reject a refund that another officer asked for",
  method: "POST",
  path: "/v1/payments/orders/{id}/refunds/{refund}/decide",
  scopes: ["payments:refund"],
  keyed: true,
  pathParams: byOrder.extend({ refund: z.string().max(40) }),
  body: z.object({ approve: z.boolean(), officer: Officer }),
  success: { status: 200, schema: DepartmentOrderView },
  refusals: pick(
    "payment.order-not-found",
    "refund.not-found",
    "refund.decided",
    "refund.own-request",
    "payment.role-missing",
    "payment.officer-missing",
  ),
});

export const settlePaymentAttention = route({
  operation: "settlePaymentAttention",
  tag: "payments",
  summary: "Say how something that needed a person was seen to",
  method: "POST",
  path: "/v1/payments/orders/{id}/attention/{reference}/settle",
  scopes: ["payments:refund"],
  keyed: true,
  pathParams: byOrder.extend({ reference: z.string().max(40) }),
  body: z.object({
    outcome: z.enum(["returned", "kept"]).describe("the money went back by another way, or stays"),
    note: z.string().trim().min(1).max(200),
    officer: Officer,
  }),
  success: { status: 200, schema: DepartmentOrderView },
  refusals: pick(
    "payment.order-not-found",
    "attention.not-found",
    "refund.exceeds-payment",
    "payment.role-missing",
    "payment.officer-missing",
  ),
});

const byDay = z.object({ provider: ProviderName, date: z.iso.date() });

export const readBillDay = route({
  operation: "readBillDay",
  tag: "reconciliation",
  summary: "A day's books against the provider's bill: progress, sums, differences",
  method: "GET",
  path: "/v1/payments/days/{provider}/{date}",
  scopes: ["payments:reconcile"],
  pathParams: byDay,
  success: { status: 200, schema: BillDayView, version: ({ version }) => version },
  refusals: pick("day.not-found"),
});

export const compareBillDay = route({
  operation: "compareBillDay",
  tag: "reconciliation",
  summary: "Fetch the provider's bill of a day and compare it, again if need be; it runs on after the answer",
  method: "POST",
  path: "/v1/payments/days/{provider}/{date}/compare",
  scopes: ["payments:reconcile"],
  keyed: true,
  pathParams: byDay,
  success: { status: 200, schema: BillDayView },
  refusals: pick("day.not-over", "day.closed", "payment.provider-not-offered"),
});

export const resolveDifference = route({
  operation: "resolveDifference",
  tag: "reconciliation",
  summary: "Say why a difference is in order, or how it was put in order",
  method: "POST",
  path: "/v1/payments/days/{provider}/{date}/differences/{difference}/resolve",
  scopes: ["payments:reconcile"],
  keyed: true,
  pathParams: byDay.extend({ difference: z.string().max(80) }),
  body: z.object({ reason: z.string().trim().min(1).max(200), officer: Officer }),
  success: { status: 200, schema: BillDayView },
  refusals: pick("day.not-found", "day.closed", "day.not-compared", "difference.not-found", "payment.officer-missing"),
});

export const closeBillDay = route({
  operation: "closeBillDay",
  tag: "reconciliation",
  summary: "Close a day's books; refused while differences are open",
  method: "POST",
  path: "/v1/payments/days/{provider}/{date}/close",
  scopes: ["payments:reconcile"],
  keyed: true,
  pathParams: byDay,
  body: z.object({ officer: Officer }),
  success: { status: 200, schema: BillDayView },
  refusals: pick("day.not-found", "day.differs", "day.not-compared", "payment.officer-missing"),
});
