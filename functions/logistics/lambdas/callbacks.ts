import * as z from "zod";
import { correlated } from "#shared/runtime/correlation.ts";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import { env } from "#shared/runtime/env.ts";
import { loadSettings } from "../adapters/settings.ts";
import { saltsFor } from "../adapters/tracker-salt.ts";
import { cipher, now, shipments, waybills } from "../deployed.ts";
import { carrierCallbacks } from "../http/callbacks.ts";

const { OUTSIDE_SECRET } = env({ OUTSIDE_SECRET: z.string() });

const answer = carrierCallbacks({
  shipments,
  waybills,
  now,
  settings: await loadSettings(OUTSIDE_SECRET),
  saltsOf: (number) => saltsFor(cipher, number),
});

export const handler = (request: HttpRequest) => correlated(request.requestContext.requestId, () => answer(request));
