import * as z from "zod";
import { type CitySettings, defaultSettings } from "./domain/settings.ts";

const days = (of: keyof CitySettings, most: number) => z.int().min(1).max(most).default(defaultSettings[of]);

/** At most a year of working days. */
const Told = z.strictObject({
  correctionDays: days("correctionDays", 250),
  deferDays: days("deferDays", 250),
  verifyDays: days("verifyDays", 250),
  payDays: days("payDays", 250),
  nearDays: days("nearDays", 20),
});

/** How the environment variable SETTINGS writes it: JSON; what it leaves out is as usual. Anything else stops the function at its start. */
export const SettingsText = z
  .string()
  .default("{}")
  .transform((text, context): CitySettings => {
    const told = Told.safeParse(JSON.parse(text));
    if (told.success) return told.data;
    context.addIssue({ code: "custom", message: told.error.message });
    return z.NEVER;
  });
