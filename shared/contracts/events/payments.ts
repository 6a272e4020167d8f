import * as z from "zod";
import { cloudEvent } from "./envelope.ts";
import { ApplicantReference, Charge, Deadline, Tasks } from "./parts.ts";

/** What an order pays for: a case's fee before acceptance or before issue, or a shipment. */
const Purpose = z.object({
  kind: z.enum(["application", "shipment"]),
  id: z.string().describe("the id of the case or the shipment"),
  due: z.enum(["acceptance", "issue", "shipment"]),
});

const Order = z.object({
  purpose: Purpose,
  number: z.string().describe("case number"),
  total: z.int().positive().describe("fen"),
  applicant: ApplicantReference.optional(),
  tasks: Tasks,
});
const Provider = z.enum(["wechat", "alipay", "unionpay", "nontax"]);

const exampleOrder = {
  purpose: { kind: "application", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D", due: "issue" },
  number: "11440606MB2D26310W4440712002040" + "20261122" + "7Z3K9M2QX4B",
  total: 8000,
  applicant: { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" },
} as const;

export const OrderOpenedV1 = cloudEvent({
  type: "gov.yimen.payment.order-opened.v1",
  summary: "Something is to be paid; the applicant chooses how.",
  data: Order.extend({ charges: z.array(Charge), payBy: Deadline }),
  example: {
    ...exampleOrder,
    charges: [{ name: "不动产登记费（住宅类）", amount: 8000 }],
    payBy: { date: "2026-12-07", provisional: false },
  },
});

export const OrderSettledV1 = cloudEvent({
  type: "gov.yimen.payment.order-settled.v1",
  summary: "It is paid in full. Told once, however often and by whatever way the provider told it.",
  data: Order.extend({ provider: Provider, settledAt: z.iso.datetime() }),
  example: { ...exampleOrder, provider: "wechat", settledAt: "2026-11-22T02:00:00.000Z" },
});

export const OrderClosedV1 = cloudEvent({
  type: "gov.yimen.payment.order-closed.v1",
  summary: "The order can no longer be paid.",
  data: Order.extend({ reason: z.enum(["expired", "cancelled"]) }),
  example: { ...exampleOrder, reason: "expired" },
});

const Refund = Order.extend({
  refund: z.string().describe("the refund's id"),
  amount: z.int().positive().describe("fen"),
});
const exampleRefund = { ...exampleOrder, refund: "01KB0M7X9Y8Z7W6V5T4S3R2Q1P", amount: 8000 };

export const RefundRequestedV1 = cloudEvent({
  type: "gov.yimen.payment.refund-requested.v1",
  summary: "An officer asks for money to be given back; another has to approve it.",
  data: Refund,
  example: { ...exampleRefund, tasks: [{ kind: "approve-refund", role: "approver" }] },
});

export const RefundApprovedV1 = cloudEvent({
  type: "gov.yimen.payment.refund-approved.v1",
  summary: "Another officer has approved the refund; the provider is asked for it.",
  data: Refund,
  example: exampleRefund,
});

export const RefundCompletedV1 = cloudEvent({
  type: "gov.yimen.payment.refund-completed.v1",
  summary: "The money has gone back, by the provider or, on a person's word, by another way.",
  data: Refund.extend({
    surplus: z
      .literal(true)
      .optional()
      .describe("what was given back had been paid twice, or too late: it does not change the order's status"),
  }),
  example: exampleRefund,
});

export const RefundRejectedV1 = cloudEvent({
  type: "gov.yimen.payment.refund-rejected.v1",
  summary: "The refund was not approved, or the provider has closed it for good.",
  data: Refund,
  example: exampleRefund,
});

export const AttentionWhat = z.enum([
  "refund-abnormal",
  "paid-twice",
  "paid-after-closing",
  "refund-closed",
  "refunded-after-all",
  "refunded-twice",
  "refund-stuck",
]);

export const PaymentAttentionNeededV1 = cloudEvent({
  type: "gov.yimen.payment.attention-needed.v1",
  summary: "Something about a payment needs a person.",
  data: Order.extend({ what: AttentionWhat }),
  example: { ...exampleOrder, what: "refund-abnormal", tasks: [{ kind: "settle-payment", role: "clerk" }] },
});

export const PaymentAttentionSettledV1 = cloudEvent({
  type: "gov.yimen.payment.attention-settled.v1",
  summary: "A person has seen to it.",
  data: Order,
  example: exampleOrder,
});

const Day = z.object({ provider: Provider, date: z.iso.date(), tasks: Tasks });

export const DayDiffersV1 = cloudEvent({
  type: "gov.yimen.payment.day-differs.v1",
  summary: "A day's books differ from the provider's bill; an operator has to resolve each difference.",
  data: Day.extend({
    open: z.int().nonnegative().describe("differences not resolved yet; with none left, the day waits to be closed"),
  }),
  example: {
    provider: "wechat",
    date: "2026-11-22",
    open: 2,
    tasks: [{ kind: "settle-difference", role: "operator" }],
  },
});

export const DayClosedV1 = cloudEvent({
  type: "gov.yimen.payment.day-closed.v1",
  summary: "A day's books are closed.",
  data: Day,
  example: { provider: "wechat", date: "2026-11-22" },
});
