import * as z from "zod";
import { route } from "./route.ts";

export const readHealth = route({
  operation: "readHealth",
  tag: "platform",
  summary: "Whether the API answers",
  method: "GET",
  path: "/health",
  scopes: [],
  success: { status: 200, schema: z.object({ status: z.literal("ok") }) },
  refusals: {},
});

/** Public pages for people, beside the contracts' routes. */
export const pages = {
  openapi: "/openapi.json",
  reference: "/docs",
  referenceScript: "/docs/reference.js",
  problem: "/problems/{code}",
} as const;
