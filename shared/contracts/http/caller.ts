import * as z from "zod";

/** Where an application came in (渠道). */
export const Channel = z.enum(["portal", "mobile", "terminal", "window", "hotline", "partner"]);
export type Channel = z.infer<typeof Channel>;

/** Who is calling, as the authorizer read it from a token of our own issuer. */
export const Caller = z.object({
  client: z.string(),
  scopes: z.string().transform((value) => value.split(" ").filter(Boolean)),
  /** Set for clients that bring applications. */
  channel: Channel.optional(),
  /** Set for departments: their unified social credit code, and the division they serve. */
  department: z.string().optional(),
  division: z.string().optional(),
});
export type Caller = z.infer<typeof Caller>;

/** What the authorizer tells the endpoint: the caller, or why there is none. The endpoint answers, not the gateway. */
export const Verdict = z.union([
  Caller,
  z.object({ refusal: z.enum(["request.token-missing", "request.token-invalid"]) }),
]);
export type Verdict = z.input<typeof Verdict>;
