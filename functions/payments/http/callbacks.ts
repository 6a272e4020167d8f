import type { Clock } from "#shared/kernel/clock.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type ProviderName, providerNames } from "../domain/attempt.ts";
import { orderOfNumber } from "../domain/numbers.ts";
import { type Change, type Order, settle } from "../domain/order.ts";
import {
  type CallbackReading,
  type Orders,
  type PaymentProvider,
  type Providers,
  ProviderUnavailable,
  type RawCallback,
} from "../domain/ports.ts";
import { takeRefundReport } from "../domain/refunding.ts";

interface Deps {
  readonly orders: Pick<Orders, "find" | "save">;
  readonly providers: Providers;
  readonly now: Clock;
}

const BODY_BYTES_AT_MOST = 64 * 1024;

const plain = (statusCode: number): HttpResponse => ({
  statusCode,
  headers: { "content-type": "text/plain", "cache-control": "no-store" },
  body: "",
});

const isProvider = (name: string): name is ProviderName => providerNames.some((known) => known === name);

/** The raw bytes as they were sent: the gateway hands some media types over as text, all others in base64. */
const bytesOf = ({ body, isBase64Encoded }: HttpRequest): Buffer =>
  Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");

/**
 * `POST /callbacks/payments/{provider}`: what providers tell. Whatever is wrong with it is answered as its protocol says and
 * logged by a code, never with what it held; only a fault of ours is a 500, and providers send it again.
 */
export const paymentCallbacks = ({ orders, providers, now }: Deps) => {
  /** Undefined when taken in, whether new or known. */
  const takeIn = (reading: CallbackReading): Promise<string | undefined> => {
    if (reading.kind === "nothing") return Promise.resolve(undefined);
    if (reading.kind === "refused") return Promise.resolve(reading.why);
    const number = reading.kind === "payment" ? reading.report.number : reading.report.refund;
    const decide = (order: Order): Decision<Change | undefined, string> =>
      reading.kind === "payment"
        ? settle(order, reading.report, now())
        : takeRefundReport(order, reading.report, now());
    return untilNoRace(async () => {
      const id = orderOfNumber(number);
      const order = id === undefined ? undefined : await orders.find(id);
      // Another merchant's, or faster than our own write: to be sent again.
      if (!order) return "order-unknown";
      const decision = decide(order);
      if (!decision.ok) return decision.refusal.code;
      if (decision.value) await orders.save(decision.value);
      logger.info("callback.taken", { order: order.id, kind: reading.kind, known: !decision.value });
      return undefined;
    });
  };

  const answer = (provider: PaymentProvider, accepted: boolean, statusCode?: 500 | 503): HttpResponse => {
    const { status, contentType, body } = provider.answer(accepted);
    return {
      statusCode: statusCode ?? status,
      headers: { "cache-control": "no-store", ...(contentType && { "content-type": contentType }) },
      body,
    };
  };

  const receive = async (request: HttpRequest): Promise<HttpResponse> => {
    const name = request.rawPath.split("/").at(-1) ?? "";
    if (!isProvider(name) || request.rawPath !== `/callbacks/payments/${name}`) return plain(404);
    if (request.requestContext.http.method !== "POST") return plain(405);
    const provider = providers[name];
    if (!provider) return plain(404);

    const body = bytesOf(request);
    if (body.byteLength > BODY_BYTES_AT_MOST) {
      logger.warn("callback.refused", { provider: name, why: "too-large" });
      return plain(413);
    }
    try {
      return await understand(name, provider, { headers: request.headers, body });
    } catch (error) {
      if (error instanceof ProviderUnavailable) {
        logger.warn("callback.not-verified", { provider: name, reason: error.message });
        return answer(provider, false, 503);
      }
      logger.error("callback.failed", error, { provider: name });
      return answer(provider, false, 500);
    }
  };

  const understand = async (name: ProviderName, provider: PaymentProvider, callback: RawCallback) => {
    const reading = await provider.readCallback(callback);
    const refused = await takeIn(reading);
    if (refused !== undefined) {
      const isQuiet = reading.kind === "refused" && reading.quiet === true;
      logger[isQuiet ? "info" : "warn"](isQuiet ? "callback.probe" : "callback.refused", {
        provider: name,
        why: refused,
        // After a good signature these are money that our books do not know.
        genuine: reading.kind !== "refused",
      });
    }
    return answer(provider, refused === undefined);
  };

  return (request: HttpRequest): Promise<HttpResponse> =>
    correlated(request.requestContext.requestId, () => receive(request));
};
