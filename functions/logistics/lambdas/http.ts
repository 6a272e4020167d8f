import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { loadSettings } from "../adapters/settings.ts";
import { sfOrders } from "../adapters/sf-orders.ts";
import { readTariff } from "../adapters/tariff-setting.ts";
import { cases, now, shipments, waybills } from "../deployed.ts";
import { logisticsEndpoints } from "../http/index.ts";
import { followingBy } from "../steps/following-by.ts";

const { OUTSIDE_SECRET, CARRIAGE_TARIFF } = env({ OUTSIDE_SECRET: z.string(), CARRIAGE_TARIFF: z.string() });
/** A clerk waits, and an order may take two questions. */
const CARRIER_TIMEOUT_MS = 4_000;
const settings = await loadSettings(OUTSIDE_SECRET);

export const handler = httpLambda(
  logisticsEndpoints({
    shipments,
    cases,
    waybills,
    now,
    orders: sfOrders(settings.sf?.orders, wire(CARRIER_TIMEOUT_MS)),
    followingOf: followingBy(settings),
    tariff: readTariff(CARRIAGE_TARIFF),
  }),
);
