import * as z from "zod";
import { jsonOf } from "#shared/runtime/env.ts";
import { type CitySettings, defaultSettings } from "./domain/settings.ts";

const days = (of: keyof CitySettings, most: number) => z.int().min(1).max(most).default(defaultSettings[of]);

/** How the environment variable SETTINGS writes it; what it leaves out is as usual. At most a year of working days. */
export const SettingsText = jsonOf(
  z.strictObject({
    correctionDays: days("correctionDays", 250),
    deferDays: days("deferDays", 250),
    verifyDays: days("verifyDays", 250),
    payDays: days("payDays", 250),
    nearDays: days("nearDays", 20),
  }) satisfies z.ZodType<CitySettings>,
);
