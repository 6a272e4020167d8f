import * as z from "zod";
import { jsonOf } from "#shared/runtime/env.ts";
import { DEFAULT_PACE, type Pace } from "./domain/pace.ts";

const Hours = z.object({ from: z.int().min(0).max(23), to: z.int().min(0).max(23) });

/** How the environment variable PACE writes it; what it leaves out is as usual, `"quiet": null` means no quiet hours. */
export const PaceText = jsonOf(
  z
    .strictObject({
      quiet: Hours.nullable().default(DEFAULT_PACE.quiet ?? null),
      avoidedMinutes: z.array(z.int().min(0).max(59)).max(30).readonly().default(DEFAULT_PACE.avoidedMinutes),
      gapSeconds: z.int().positive().default(DEFAULT_PACE.gapSeconds),
    })
    .transform(({ quiet, ...pace }): Pace => ({ ...pace, quiet: quiet ?? undefined })),
);
