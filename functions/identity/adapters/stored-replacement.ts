import * as z from "zod";
import type { Replacement } from "../domain/organisation.ts";

/** What a counter was shown, in the row of an organisation or of a child. */
export const StoredReplacement = z.object({
  visit: z.string(),
  staff: z.string(),
  department: z.string(),
  evidence: z.object({ document: z.string(), sha256: z.string().optional() }),
  before: z.string(),
  at: z.string(),
}) satisfies z.ZodType<Replacement>;
