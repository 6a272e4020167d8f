import * as z from "zod";

const Envelope = z.object({
  specversion: z.literal("1.0"),
  id: z.string().max(120).describe("unique within source; the same on every delivery"),
  source: z.string().describe("the capability, as a path"),
  type: z.string().startsWith("gov.yimen."),
  time: z.iso.datetime(),
  subject: z.string().describe("the id of the aggregate that changed"),
  datacontenttype: z.literal("application/json"),
  sequence: z.int().positive().describe("the aggregate's version: ignore what is not newer than what you know"),
  correlationid: z.string().optional().describe("the request that caused the change"),
  department: z.string().optional().describe("unified social credit code of the department concerned"),
  division: z.string().optional().describe("code of the division concerned"),
  itemcode: z.string().optional().describe("implementation code of the service item"),
});

/** Any event of ours, for those who pass events on without reading them. */
export const AnyEvent = Envelope.extend({ data: z.record(z.string(), z.unknown()) });
export type AnyEvent = z.infer<typeof AnyEvent>;

/**
 * A CloudEvents 1.0 contract: one literal `type`, its version in the suffix. Events are thin: they carry references and
 * codes, never personal data; who may see the person asks the API.
 */
export const cloudEvent = <const T extends `gov.yimen.${string}.v${number}`, D extends z.ZodType>(contract: {
  readonly type: T;
  readonly summary: string;
  readonly data: D;
  readonly example: z.input<D>;
}) => ({ ...contract, schema: Envelope.extend({ type: z.literal(contract.type), data: contract.data }) });

/** What every contract made by `cloudEvent` has, for tables of them. */
export interface EventContract<T extends string = string, D = unknown> {
  readonly type: T;
  readonly summary: string;
  readonly data: z.ZodType<D>;
  readonly example: unknown;
  readonly schema: z.ZodType<Omit<AnyEvent, "type" | "data"> & { type: T; data: D }>;
}
