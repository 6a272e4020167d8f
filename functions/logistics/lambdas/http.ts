import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { loadSettings } from "../adapters/settings.ts";
import { sfOrders } from "../adapters/sf-orders.ts";
import { readTariff } from "../adapters/tariff-setting.ts";
import { cases, now, shipments, waybills } from "../deployed.ts";
import { logisticsEndpoints } from "../http/index.ts";
import { followingBy } from "../steps/following-by.ts";

const { OUTSIDE_SECRET, CARRIAGE_TARIFF } = env({ OUTSIDE_SECRET: z.string(), CARRIAGE_TARIFF: z.string() });
const settings = await loadSettings(OUTSIDE_SECRET);

export const handler = httpLambda(
  logisticsEndpoints({
    shipments,
    cases,
    waybills,
    now,
    orders: sfOrders(settings.sf?.orders),
    followingOf: followingBy(settings),
    tariff: readTariff(CARRIAGE_TARIFF),
  }),
);
