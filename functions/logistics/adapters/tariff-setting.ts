import * as z from "zod";
import { CARRIERS } from "../domain/carriers.ts";
import type { Tariff } from "../domain/tariff.ts";

const Fen = z.int().nonnegative();
const Rates = z.object({ city: Fen, province: Fen, country: Fen });

const Setting = z.object({
  assumed: z.boolean(),
  default: Rates,
  carriers: z.partialRecord(z.enum(CARRIERS), Rates).optional(),
}) satisfies z.ZodType<Tariff>;

/** The tariff as the deployment gives it (infra/config.ts). Throws for one that cannot be read. */
export const readTariff = (json: string): Tariff => Setting.parse(JSON.parse(json));
