import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { kuaidi100Tracker } from "../adapters/kuaidi100-tracker.ts";
import { loadSettings } from "../adapters/settings.ts";
import { saltFor } from "../adapters/tracker-salt.ts";
import { onShipmentChanged } from "../consumers/on-shipment-changed.ts";
import { cases, cipher, now, shipments, waybills } from "../deployed.ts";

const { OUTSIDE_SECRET, API_URL } = env({ OUTSIDE_SECRET: z.string(), API_URL: z.url() });
const TRACKER_TIMEOUT_MS = 10_000;
const { kuaidi100 } = await loadSettings(OUTSIDE_SECRET);

export const handler = onShipmentChanged({
  shipments,
  cases,
  waybills,
  now,
  tracker:
    kuaidi100 &&
    kuaidi100Tracker({
      settings: kuaidi100,
      pushTo: `${API_URL}/callbacks/logistics/kuaidi100`,
      saltOf: (number) => saltFor(cipher, number),
      wire: wire(TRACKER_TIMEOUT_MS),
    }),
});
