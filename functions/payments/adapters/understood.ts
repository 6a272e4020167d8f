import type * as z from "zod";
import { ProviderUnavailable } from "../domain/ports.ts";

/**
 * What a provider answers, as it should be. Well signed nonsense is told like an answer that never came, so that the same call is made
 * again later: throws ProviderUnavailable, which names the fields and never what stood in them.
 */
export const understood = <T>(schema: z.ZodType<T>, answer: unknown): T => {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const fields = new Set(read.error.issues.map(({ path }) => path.join(".")));
  throw new ProviderUnavailable(`the answer is not understood: ${[...fields].join(", ").slice(0, 200)}`);
};
