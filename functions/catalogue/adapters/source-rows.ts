import * as z from "zod";
import { Condition, ItemDefinition as ItemDocument, StageName } from "#shared/contracts/http/catalogue/item.ts";
import type { Completion } from "../domain/complete-item.ts";
import type { SourceItem } from "../domain/define-item.ts";

const Days = z.int().nonnegative().nullable();
const Coded = z.object({ code: z.string(), label: z.string() });

const shape = ItemDocument.shape;
const material = shape.materials.element.shape;
const fee = shape.fees.element.shape;

const CompletionRow = z.strictObject({
  themes: shape.themes,
  options: shape.options,
  form: shape.form,
  limitsBasis: z.string().optional(),
  materials: z
    .record(
      z.string(),
      z
        .strictObject({
          required: material.required,
          licenceTypes: material.licenceTypes,
          grade: material.grade,
          formats: material.formats,
          maxBytes: material.maxBytes,
          deferDays: z.int().nonnegative(),
          when: Condition,
        })
        .partial(),
    )
    .optional(),
  fees: z
    .record(z.string(), z.strictObject({ due: fee.due, chargeItem: z.string(), when: Condition }).partial())
    .optional(),
  checks: z
    .partialRecord(StageName, z.array(z.strictObject({ text: z.string(), basis: z.string().optional() })))
    .optional(),
  specialProcedures: shape.specialProcedures,
  tacit: shape.tacit,
  assurance: shape.assurance,
}) satisfies z.ZodType<Completion>;

/** The format of data/service-items.json; see data/README.md. */
export const SourceRow = z.object({
  code: z.string(),
  name: z.string().min(1),
  kind: Coded,
  serviceObject: z.array(Coded).min(1),
  department: z.object({ name: z.string(), uscc: z.string().nullable() }),
  level: Coded.extend({ code: z.enum(["1", "2", "3", "4", "5", "6"]) }),
  divisionCode: z.string().regex(/^(\d{6}|\d{9}|\d{12})$/),
  handlingType: z.enum(["即办件", "承诺件"]),
  statutoryWorkingDays: Days,
  promisedWorkingDays: Days,
  visits: z.int().nonnegative().nullable(),
  legalBasis: z.array(z.object({ law: z.string(), article: z.string().nullable() })),
  conditions: z.array(z.string()),
  materials: z.array(
    z.object({
      name: z.string(),
      required: z.boolean(),
      source: z.string(),
      copies: z.int().nonnegative(),
      form: z.string(),
      licenceType: z.string().nullable(),
      allowLater: z.boolean(),
    }),
  ),
  fees: z.array(
    z.object({
      name: z.string(),
      standard: z.string(),
      amountYuan: z.union([z.number(), z.string()]),
      basis: z.string(),
    }),
  ),
  process: z.array(z.object({ stage: z.string(), role: z.string(), workingDays: Days })),
  result: z.object({
    name: z.string(),
    licenceType: z.string().nullable(),
    validityYears: z.int().positive().nullable(),
  }),
  deliverableByPost: z.boolean().nullable(),
  trustApproval: z.boolean(),
  assumed: z.array(z.string()),
  sources: z.array(z.object({ url: z.string().nullable(), note: z.string() })),
  completion: CompletionRow.optional(),
}) satisfies z.ZodType<SourceItem>;
