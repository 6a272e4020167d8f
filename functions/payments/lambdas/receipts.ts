import { join } from "node:path";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoOrders } from "../adapters/dynamo-orders.ts";
import { orderOfReceiptPath } from "../adapters/receipt-link.ts";
import { receiptPdf } from "../adapters/receipt-pdf.ts";
import { receiptPage } from "../http/receipt-page.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
const ring = await loadKeyRing(FIELD_KEYS_SECRET);
/** Stands beside the bundle (infra/patterns/bundles.ts). */
const font = join(import.meta.dirname, "NotoSansSC_400Regular.ttf");

export const handler = receiptPage({
  orders: dynamoOrders(documentClient(), { table: TABLE_NAME, cipher: fieldCipher(ring) }),
  orderOf: (path, now) => orderOfReceiptPath(ring, path, now),
  print: (sheet) => receiptPdf(sheet, font),
  now: systemClock,
});
