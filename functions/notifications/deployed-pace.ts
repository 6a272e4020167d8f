import * as z from "zod";
import { DEFAULT_PACE, type Pace } from "./domain/pace.ts";

const Hours = z.object({ from: z.int().min(0).max(23), to: z.int().min(0).max(23) });

/** How the environment variable PACE writes it: JSON; what it leaves out is as usual, `"quiet": null` means no quiet hours. */
export const PaceText = z
  .string()
  .default("{}")
  .transform((text, context): Pace => {
    const told = z
      .strictObject({
        quiet: Hours.nullable().optional(),
        avoidedMinutes: z.array(z.int().min(0).max(59)).max(30).optional(),
        gapSeconds: z.int().positive().optional(),
      })
      .safeParse(JSON.parse(text));
    if (!told.success) {
      context.addIssue({ code: "custom", message: told.error.message });
      return z.NEVER;
    }
    const { quiet = DEFAULT_PACE.quiet, ...more } = told.data;
    return {
      quiet: quiet ?? undefined,
      avoidedMinutes: more.avoidedMinutes ?? DEFAULT_PACE.avoidedMinutes,
      gapSeconds: more.gapSeconds ?? DEFAULT_PACE.gapSeconds,
    };
  });
