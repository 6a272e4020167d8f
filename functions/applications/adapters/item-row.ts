import * as z from "zod";
import type { ItemRules } from "../domain/item-rules.ts";

const Condition = z.array(z.object({ option: z.string(), anyOf: z.array(z.string()) }));

/** An item's rules as they are kept; what they are, the domain says. */
export const Rules = z.object({
  code: z.string(),
  version: z.int(),
  name: z.string(),
  department: z.object({ uscc: z.string(), name: z.string() }),
  division: z.string(),
  kind: z.string(),
  handling: z.enum(["instant", "committed"]),
  applicants: z.array(z.enum(["natural", "legal"])),
  limits: z.object({ statutory: z.int(), promised: z.int() }),
  stages: z.array(
    z.object({
      name: z.enum(["handling", "review", "approval"]),
      checks: z.array(z.object({ id: z.string(), text: z.string(), basis: z.string().optional() })),
    }),
  ),
  options: z.array(z.object({ id: z.string(), choices: z.array(z.string()) })),
  form: z.record(z.string(), z.unknown()).optional(),
  materials: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      required: z.boolean(),
      grade: z.enum(["A", "B", "C", "D"]),
      licenceTypes: z.array(z.string()),
      formats: z.array(z.string()),
      maxBytes: z.int(),
      deferrable: z.boolean(),
      deferDays: z.int().optional(),
      when: Condition.optional(),
    }),
  ),
  fees: z.array(
    z.object({
      name: z.string(),
      amount: z.int(),
      due: z.enum(["acceptance", "issue"]),
      chargeItem: z.string().optional(),
      when: Condition.optional(),
    }),
  ),
  specialProcedures: z.array(
    z.object({
      kind: z.enum(["hearing", "inspection", "testing", "quarantine", "expert-review"]),
      workingDays: z.int(),
    }),
  ),
  tacit: z.enum(["none", "approved", "refused"]),
  commitment: z.boolean(),
  assurance: z.union([z.literal(2), z.literal(3)]).optional(),
  deliverable: z.boolean(),
  licence: z.object({ type: z.string(), years: z.int().optional() }).optional(),
}) satisfies z.ZodType<ItemRules>;
