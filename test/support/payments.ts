import { memoryPayments } from "#functions/payments/adapters/memory-payments.ts";
import { receiptPath } from "#functions/payments/adapters/receipt-link.ts";
import type { Handle, ProviderName, Way } from "#functions/payments/domain/attempt.ts";
import {
  beginAttempt,
  type Change,
  type Order,
  openAttempt,
  openOrder,
  settle,
} from "#functions/payments/domain/order.ts";
import type { CheckoutCall, PaymentProvider } from "#functions/payments/domain/ports.ts";
import { paymentEndpoints } from "#functions/payments/http/index.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { KeyRing } from "#shared/runtime/key-ring.ts";

export const NOW: string = "2026-11-22T02:00:00.000Z";
const department = "11440600007039469J";
const division = "440606";
const person = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";

export const paymentsRing = KeyRing.parse({ id: "k1", key: "payments-test-key-0123456789abcdef" });

/** What an accepted decision holds. Throws for a refusal. */
export const agreed = <T>(decision: Decision<T, string>): T => {
  if (!decision.ok) throw new Error(decision.refusal.code);
  return decision.value;
};

export const opened = (more: Partial<Parameters<typeof openOrder>[0]> = {}, at = NOW): Change =>
  openOrder(
    {
      id: derivedId("payment-order", "application", more.application ?? "case-1", "issue"),
      purpose: { kind: "application", id: more.application ?? "case-1", due: "issue" },
      application: "case-1",
      number: "11440606MB2D26310W4440712002040202611227Z3K9M2QX4B",
      charges: [{ name: "不动产登记费（住宅类）", amount: 8000, chargeItem: "103044804001" }],
      total: 8000,
      applicant: { kind: "natural", id: person },
      department,
      division,
      itemCode: "11440606MB2D26310W4440712002040",
      asked: 1,
      ...more,
    },
    at,
  );

/** An order with one attempt that the payer can pay now. */
export const withAttempt = (
  order: Order,
  { provider = "wechat", way = "native-qr", key = `key-${order.attempts.length}`, at = NOW } = {} as {
    provider?: ProviderName;
    way?: Way;
    key?: string;
    at?: string;
  },
): Order => {
  const { attempt, change } = agreed(beginAttempt(order, { provider, way, key, fingerprint: key }, at));
  const next = change?.order ?? order;
  return openAttempt(next, attempt.number, { kind: "qr", content: "weixin://pay" }, at)?.order ?? next;
};

export const paid = (order: Order, attempt = 0, at = NOW): Change => {
  const { number, provider } = order.attempts[attempt] ?? {};
  if (!number || !provider) throw new Error("no such attempt");
  const change = agreed(settle(order, { provider, number, trade: `T${number}`, amount: order.total, at }, at));
  if (!change) throw new Error("nothing changed");
  return change;
};

export const settledOrder = (): Order => paid(withAttempt(opened().order)).order;

/** A provider that answers as it is told, for rules that are about us. */
export const scriptedProvider = (name: ProviderName, told: Partial<PaymentProvider> = {}): PaymentProvider => ({
  name,
  offers: () => true,
  checkout: async ({ number }: CheckoutCall): Promise<Handle> => ({ kind: "qr", content: `qr:${number}` }),
  query: async () => ({ state: "unpaid" }),
  close: async () => {},
  refund: async () => ({ state: "processing", at: NOW }),
  queryRefund: async () => ({ state: "processing", at: NOW }),
  readCallback: async () => ({ kind: "nothing" }),
  answer: (accepted) => ({ status: accepted ? 200 : 400, body: "" }),
  ...told,
});

/** The capability's routes on memory, with providers that are scripted. */
export const paymentsStage = ({
  now = () => NOW,
  providers = { wechat: scriptedProvider("wechat"), alipay: scriptedProvider("alipay") },
} = {}) => {
  const memory = memoryPayments();
  const sent: { provider: ProviderName; date: string }[] = [];
  const endpoints = paymentEndpoints({
    orders: memory.orders,
    days: memory.days,
    providers,
    offered: ["wechat", "alipay"],
    comparisons: { send: async (day) => void sent.push(day) },
    receiptLink: (order, at) => `https://api.example${receiptPath(paymentsRing, order, at)}`,
    now,
  });
  return { ...memory, endpoints, sent };
};
