import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { ReceiptSheet } from "../adapters/receipt-pdf.ts";
import type { Orders } from "../domain/ports.ts";

interface Deps {
  readonly orders: Pick<Orders, "find">;
  /** The order that a link shows; undefined when nobody gave it out, or too long ago. */
  readonly orderOf: (path: string, now: Instant) => string | undefined;
  readonly print: (sheet: ReceiptSheet) => Promise<Buffer>;
  readonly now: Clock;
}

const plain = (statusCode: number, body: string): HttpResponse => ({
  statusCode,
  headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  body,
});

/** `GET /receipts/{link}.pdf`: the sheet of a fiscal e-receipt, to whoever was given the link. */
export const receiptPage =
  ({ orders, orderOf, print, now }: Deps) =>
  (request: HttpRequest): Promise<HttpResponse> =>
    correlated(request.requestContext.requestId, async () => {
      try {
        if (request.requestContext.http.method !== "GET") return plain(405, "");
        const id = orderOf(request.rawPath, now());
        const order = id === undefined ? undefined : await orders.find(id);
        if (order?.status !== "settled" || !order.receipt || !("code" in order.receipt))
          return plain(404, "链接无效或已过期。\nThe link is not valid, or has expired.");
        const { code, number, check, date, state } = order.receipt;
        const pdf = await print({
          code,
          number,
          check,
          date,
          voided: state !== "issued",
          payer: order.payer?.name ?? "",
          payerCode: order.payer?.code,
          collectingUnit: order.department,
          charges: order.charges,
          total: order.total,
          caseNumber: order.number,
        });
        return {
          statusCode: 200,
          headers: {
            "content-type": "application/pdf",
            "content-disposition": `inline; filename="receipt-${code}-${number}.pdf"`,
            "cache-control": "private, no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
          },
          body: pdf.toString("base64"),
          isBase64Encoded: true,
        };
      } catch (error) {
        logger.error("receipt.failed", error);
        return plain(500, "");
      }
    });
