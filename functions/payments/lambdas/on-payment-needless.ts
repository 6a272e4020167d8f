import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoOrders } from "../adapters/dynamo-orders.ts";
import { onPaymentNeedless } from "../consumers/on-payment-needless.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });

export const handler = onPaymentNeedless({
  orders: dynamoOrders(documentClient(), {
    table: TABLE_NAME,
    cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)),
  }),
  now: systemClock,
});
