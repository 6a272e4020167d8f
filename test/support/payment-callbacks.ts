import { memoryPayments } from "#functions/payments/adapters/memory-payments.ts";
import { offeredProviders } from "#functions/payments/adapters/offered-providers.ts";
import { readProviderSettings } from "#functions/payments/adapters/provider-settings.ts";
import type { ProviderName, Way } from "#functions/payments/domain/attempt.ts";
import { beginAttempt, type Order, openAttempt, payableUntil } from "#functions/payments/domain/order.ts";
import { decideRefund, requestRefund } from "#functions/payments/domain/refunding.ts";
import { paymentCallbacks } from "#functions/payments/http/callbacks.ts";
import { lookAfterOrder } from "#functions/payments/look-after-order.ts";
import { listen, type Running } from "#local/outside/http-server.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { request } from "./http-request.ts";
import { agreed, opened } from "./payments.ts";

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/**
 * Our side of a provider's protocol on memory: the adapter as it is deployed, its callbacks behind a real HTTP server that does
 * what the gateway does (some media types as text, others in base64), and an order to be paid.
 */
export const callbackStage = async (
  settings: Readonly<Record<string, unknown>>,
  { timeout = 2_000, now = systemClock } = {},
) => {
  const memory = memoryPayments();
  let apiUrl = "";
  let handle: ReturnType<typeof paymentCallbacks> | undefined;
  const answers: { provider: string; status: number; text: string }[] = [];

  const post = async (provider: string, { headers = {}, body = "" }: Sent) => {
    const raw = Buffer.from(body);
    const isText = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(headers["content-type"] ?? "");
    const event = request({
      method: "POST",
      path: `/callbacks/payments/${provider}`,
      routeKey: "ANY /callbacks/payments/{proxy+}",
      headers: { ...headers },
      body: isText ? raw.toString("utf8") : raw,
    });
    const { statusCode = 0, body: text = "", headers: said = {} } = (await handle?.(event)) ?? {};
    answers.push({ provider, status: statusCode, text });
    return { status: statusCode, text, headers: said };
  };
  const server: Running = await listen(0, async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const provider = (incoming.url ?? "").split("/").at(-1) ?? "";
    const answer = await post(provider, { headers, body: Buffer.concat(chunks) });
    response.writeHead(answer.status, answer.headers as Record<string, string>).end(answer.text);
  });
  apiUrl = server.url;
  const providers = offeredProviders(readProviderSettings(JSON.stringify(settings)), {
    apiUrl,
    wire: wire(timeout),
    now,
  });
  handle = paymentCallbacks({ orders: memory.orders, providers, now });

  let cases = 0;
  return {
    ...memory,
    providers,
    answers,
    post,
    apiUrl,
    /** A new order with an attempt that the provider has taken. */
    async toPay(provider: ProviderName, way: Way = "native-qr"): Promise<Order> {
      const at = now();
      const { order } = opened({ application: `case-${++cases}` }, at);
      const begun = agreed(beginAttempt(order, { provider, way, key: "k", fingerprint: "k" }, at));
      await memory.orders.save({ order, events: [{ type: "opened" }], movements: [] });
      if (begun.change) await memory.orders.save(begun.change);
      const handle = await providers[provider]?.checkout({
        number: begun.attempt.number,
        startedAt: at,
        amount: order.total,
        way,
        description: "不动产登记费",
        expiresAt: payableUntil(order, begun.attempt),
        source: "192.0.2.1",
        charges: order.charges,
        department: order.department,
      });
      const current = begun.change?.order ?? order;
      const after = handle && openAttempt(current, begun.attempt.number, handle, now());
      if (after) await memory.orders.save(after);
      return after?.order ?? current;
    },
    async order(id: string): Promise<Order> {
      const found = await memory.orders.find(id);
      if (!found) throw new Error(`no order ${id}`);
      return found;
    },
    /** A refund of a settled order, asked for and approved, that no provider has heard of yet; its number. */
    async refundApproved(id: string, amount: number): Promise<string> {
      const settled = await this.order(id);
      const command = (key: string) => ({ key, fingerprint: key });
      const asked = agreed(requestRefund(settled, { amount, reason: "多收", officer: "a", ...command("r") }, now()));
      if (asked) await memory.orders.save(asked);
      const refund = asked?.order.refunds.at(-1)?.id ?? "";
      const decision = { refund, approve: true, officer: "b", ...command("d") };
      const approved = asked && agreed(decideRefund(asked.order, decision, now()));
      if (approved) await memory.orders.save(approved);
      return refund;
    },
    /** What the sweep does for one order, at once. */
    lookAfter: (id: string) =>
      lookAfterOrder({ orders: memory.orders, providers, receipts: undefined, now })(id, { atOnce: true }),
    /** The last event of that type told of the order, without its name-space. */
    told: (id: string, type: string) =>
      memory.published.findLast(({ subject, type: full }) => subject === id && full === `gov.yimen.payment.${type}.v1`)
        ?.data,
    stop: () => server.stop(),
  };
};

export const numberOf = (order: Order, index = 0): string => {
  const number = order.attempts[index]?.number;
  if (!number) throw new Error("no attempt");
  return number;
};

export const payAt = (server: string, number: string, body = "{}"): Promise<Response> =>
  fetch(`${server}/pay/${number}`, { method: "POST", body });
