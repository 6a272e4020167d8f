import * as z from "zod";
import { codeScheme } from "../../../kernel/item-codes.ts";

/** Implementation code (实施编码): department USCC 18, level 1, basic code 12, handling item 2 where there is one. */
export const ItemCode = z.string().regex(codeScheme.code);

export const DivisionCode = z.string().regex(/^([0-9]{6}|[0-9]{9}|[0-9]{12})$/);

/** Unified social credit code (统一社会信用代码), GB 32100; the check character is checked where it is registered. */
export const Uscc = z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/);

/** A step at which an officer of the department decides (承办, 审核, 批准). */
export const StageName = z.enum(["handling", "review", "approval"]);
export type StageName = z.infer<typeof StageName>;

export const ApplicantKind = z.enum(["natural", "legal"]);
export type ApplicantKind = z.infer<typeof ApplicantKind>;

/** The least trust accepted: A from the issuer itself, B verified at a counter, C uploaded, D self-declared. */
const TrustGrade = z.enum(["A", "B", "C", "D"]);
export type TrustGrade = z.infer<typeof TrustGrade>;

const Id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const Name = z.string().min(1).max(300);
const Text = z.string().max(2000);

/** When something applies: every option named must have been answered with one of its choices. Absent: always. */
export const Condition = z
  .array(z.object({ option: Id, anyOf: z.array(Id).min(1).max(20) }))
  .max(10)
  .meta({ id: "Condition" });
export type Condition = z.infer<typeof Condition>;

/** What a person answers to the item's options: option id to choice id. */
export const Situation = z.record(Id, Id).meta({ id: "Situation" });
export type Situation = z.infer<typeof Situation>;

const Check = z.object({
  id: Id,
  text: z.string().min(1).max(500),
  basis: z.string().max(300).optional().describe("law and article"),
});

export const ItemDefinition = z
  .object({
    code: ItemCode,
    basicCode: z.string().regex(codeScheme.basicCode).describe("基本编码: the directory item it implements"),
    name: Name,
    kind: z.enum(["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"]).describe("GB/T 39046 item kind"),
    level: z.enum(["1", "2", "3", "4", "5", "6"]),
    applicants: z.array(ApplicantKind).min(1).max(2),
    objects: z
      .array(z.enum(["1", "2", "3", "4", "5", "6"]))
      .min(1)
      .describe("GB/T 39046 service objects"),
    themes: z.array(z.string().min(1).max(50)).max(20).describe("life events and topics"),
    department: z.object({ uscc: Uscc, name: Name }),
    division: DivisionCode,
    handling: z.enum(["instant", "committed"]).describe("即办件, 承诺件"),
    limits: z
      .object({
        statutory: z.int().nonnegative(),
        promised: z.int().nonnegative(),
        basis: z.string().max(300).optional().describe("the law that sets a limit of its own"),
      })
      .describe("working days from acceptance to the decision; promised <= statutory"),
    visits: z.int().nonnegative().optional(),
    visitReason: Text.optional().describe("why anybody has to come in person more than once"),
    stages: z
      .array(
        z.object({
          name: StageName,
          title: Name,
          role: Name,
          workingDays: z.int().nonnegative().optional(),
          checks: z.array(Check).max(50).describe("标准化审批表: the stage's standard approval form"),
        }),
      )
      .max(3)
      .describe("in order; the last one decides; none for an instant item, which is decided when accepted"),
    legalBasis: z.array(z.object({ law: Name, article: z.string().max(300).optional() })).max(50),
    conditions: z.array(Text).max(50),
    options: z
      .array(
        z.object({
          id: Id,
          question: Name,
          choices: z
            .array(z.object({ id: Id, label: Name }))
            .min(1)
            .max(20),
        }),
      )
      .max(20)
      .describe("情形: questions whose answers cut materials and fees to those that apply"),
    form: z.record(z.string(), z.unknown()).describe("JSON Schema 2020-12 of the application's form"),
    materials: z
      .array(
        z.object({
          id: Id,
          name: Name,
          required: z.boolean(),
          source: Name,
          form: Name.describe("原件, 复印件, 电子"),
          copies: z.int().nonnegative(),
          licenceTypes: z.array(Name).max(20).describe("an e-licence of any of these types replaces it"),
          grade: TrustGrade.describe(
            "the least trust accepted: A issuer, B window-verified, C uploaded, D self-declared",
          ),
          formats: z.array(z.string().max(100)).max(20).describe("media types of a file"),
          maxBytes: z.int().nonnegative().describe("of one file"),
          deferrable: z.boolean().describe("容缺: may follow by a deadline"),
          deferDays: z.int().nonnegative().optional().describe("working days after acceptance"),
          when: Condition.optional(),
        }),
      )
      .max(60),
    fees: z
      .array(
        z.object({
          id: Id,
          name: Name,
          standard: Text,
          amount: z.int().nonnegative().describe("fen"),
          basis: z.string().max(500),
          due: z.enum(["acceptance", "issue"]).describe("what the payment comes before"),
          chargeItem: z
            .string()
            .regex(/^[0-9]{12}$/)
            .optional()
            .describe("charge-item code of the fiscal receipt"),
          when: Condition.optional(),
        }),
      )
      .max(30),
    specialProcedures: z
      .array(
        z.object({
          kind: z.enum(["hearing", "inspection", "testing", "quarantine", "expert-review"]),
          name: Name,
          workingDays: z.int().nonnegative(),
        }),
      )
      .max(10)
      .describe("特别程序: they stop the clock, for about these working days"),
    tacit: z
      .enum(["none", "approved", "refused"])
      .describe("what is deemed decided when the statutory limit passes without a decision"),
    result: z.object({
      name: Name,
      licenceType: Name.optional(),
      validityYears: z.int().positive().optional(),
    }),
    deliverable: z.boolean().describe("the result can be sent by courier"),
    commitment: z.boolean().describe("告知承诺: may be decided first on a signed promise"),
    assurance: z
      .union([z.literal(2), z.literal(3)])
      .optional()
      .describe("实名等级: the least assurance of whoever applies with a token of their own; 3 by face or document"),
    effectiveFrom: z.iso.date().optional().describe("the day it takes force; the day of publication unless told"),
    assumed: z.array(z.string().max(100)).max(100).describe("fields that are not known facts"),
    sources: z.array(z.object({ url: z.string().max(1000).optional(), note: z.string().max(2000) })).max(50),
  })
  .meta({ id: "ItemDefinition" });
export type ItemDefinition = z.infer<typeof ItemDefinition>;

export const Item = ItemDefinition.extend({
  version: z.int().positive(),
  effectiveFrom: z.iso.date().describe("the day it took force, or will"),
}).meta({ id: "Item" });
export type Item = z.infer<typeof Item>;
