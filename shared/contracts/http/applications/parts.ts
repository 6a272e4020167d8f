import * as z from "zod";
import { REUSE_CONSENT } from "../../consents.ts";
import { Channel } from "../caller.ts";
import { ApplicantKind, StageName } from "../catalogue/item.ts";

export const ApplicationId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
export const byId = z.object({ id: ApplicationId });

export const ApplicationStatus = z.enum([
  "submitted",
  "returned",
  "declined",
  "accepted",
  "suspended",
  "approved",
  "refused",
  "concluded",
  "revoked",
  "withdrawn",
  "lapsed",
]);
export type ApplicationStatus = z.infer<typeof ApplicationStatus>;

export const Deadline = z
  .object({
    date: z.iso.date(),
    provisional: z.boolean().describe("the holiday notice of a year it runs through is not out yet"),
  })
  .meta({ id: "Deadline" });

/** The applicant as a channel states them. With a person's token it is whom they act for, and may be left out. */
export const Applicant = z
  .object({
    kind: ApplicantKind,
    name: z.string().min(1).max(100),
    idNumber: z
      .string()
      .regex(/^[0-9A-Z]{18}$/)
      .describe("resident ID number (GB 11643) of a natural person, USCC (GB 32100) of a legal person"),
    phone: z
      .string()
      .regex(/^\+?[0-9-]{5,20}$/)
      .optional(),
    person: z
      .string()
      .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/)
      .optional()
      .describe("the person's id, when they have signed in with the channel: readings then stand in their access log"),
  })
  .meta({ id: "Applicant" });
export type Applicant = z.infer<typeof Applicant>;

export const ApplicantNumber = Applicant.pick({ kind: true, idNumber: true });

/** A department's own client names its officer; with a token of staff it is left out. */
export const Officer = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .describe("staff number of the officer who acts; left out with a token of staff");
export const Reason = z.string().trim().min(2).max(1000);
export const Reasons = z.array(Reason).max(20).default([]);

const MaterialId = z.string().min(1).max(64).describe("the material's id in the item");

const Consent = z
  .string()
  .max(40)
  .refine(
    (version) => version === REUSE_CONSENT,
    "不是现行版本的同意文本 (not the version of the consent text in force)",
  )
  .describe(`the version in force of the consent text by which it is used again: now ${REUSE_CONSENT}`);

/**
 * How a material is brought: a file that was uploaded, a licence issued here in an earlier case, a licence of another issuer (as stated:
 * it counts as self-declared), on paper (at the window, or sent), or later (容缺).
 */
export const CaseMaterial = z
  .union([
    z.strictObject({
      material: MaterialId,
      file: ApplicationId,
      consent: Consent.optional(),
    }),
    z.strictObject({
      material: MaterialId,
      issued: ApplicationId.describe("the case in which the licence was issued"),
      consent: Consent,
    }),
    z.strictObject({ material: MaterialId, licence: z.string().min(1).max(100) }),
    z.strictObject({ material: MaterialId, onPaper: z.literal(true) }),
    z.strictObject({ material: MaterialId, deferred: z.literal(true) }),
  ])
  .meta({ id: "CaseMaterial" });

/** A material of a case, as it was brought. */
export const BroughtMaterial = z
  .object({
    material: MaterialId,
    file: ApplicationId.optional(),
    issued: ApplicationId.optional(),
    licence: z.string().optional(),
    onPaper: z.literal(true).optional(),
    deferred: z.literal(true).optional(),
    consent: z.string().optional().describe("the version that was agreed to"),
    grade: z
      .enum(["A", "D"])
      .optional()
      .describe("of a licence: A, issued here and verified; D, only stated by the applicant and not verified"),
  })
  .meta({ id: "BroughtMaterial" });

export const CaseMaterials = z
  .array(CaseMaterial)
  .max(60)
  .superRefine((brought, context) => {
    for (const [index, { material }] of brought.entries())
      if (brought.findIndex((each) => each.material === material) < index)
        context.addIssue({
          code: "custom",
          path: [index, "material"],
          message: "同一材料只能以一种方式提供一次 (a material is brought once, in one way)",
        });
  })
  .optional();

export const Form = z.record(z.string(), z.unknown()).describe("the item's form, as filled in");

/** What is missing or wrong: a material, a field of the form, or something that is only told. */
export const Defect = z
  .object({ material: MaterialId.optional(), field: z.string().max(200).optional(), what: Reason })
  .meta({ id: "Defect" });

/** The answer to every command; a repeat of the command gets the same bytes. */
export const Receipt = z
  .object({
    id: ApplicationId,
    number: z.string().max(50).describe("case number (办件编号)"),
    status: ApplicationStatus,
    stage: StageName.optional(),
    version: z.int().positive(),
    acceptBy: Deadline.optional(),
    correctBy: Deadline.optional().describe("the applicant supplies what was missing"),
    payBy: Deadline.optional().describe("a fee holds the acceptance"),
    promisedBy: Deadline.optional(),
    decideBy: Deadline.optional(),
    expectedBy: Deadline.optional().describe("the special procedure is over"),
    deliverBy: Deadline.optional(),
    duplicates: z
      .array(z.object({ id: ApplicationId, number: z.string() }))
      .optional()
      .describe("other cases of the same applicant for the same item that were open when this one came in"),
  })
  .meta({ id: "ApplicationReceipt" });
export type Receipt = z.infer<typeof Receipt>;

export const receipt = { status: 200, schema: Receipt, version: (r: Receipt) => r.version } as const;

/** One line of an approval form (标准化审批表). */
export const Answer = z
  .object({
    check: z.string().min(1).max(64).describe("the check's id in the item"),
    yes: z.boolean(),
    reason: Reason.optional().describe("of a no: why, in law"),
  })
  .meta({ id: "CheckAnswer" });

export const Procedure = z.enum(["hearing", "inspection", "testing", "quarantine", "expert-review"]);

export const TimelineEntry = z
  .object({
    at: z.iso.datetime(),
    step: z.enum([
      "submitted",
      "correction-requested",
      "corrected",
      "accepted",
      "declined",
      "claimed",
      "released",
      "stage-decided",
      "suspended",
      "resumed",
      "extended",
      "approved",
      "refused",
      "fee-settled",
      "material-supplied",
      "commitment-verified",
      "revoked",
      "concluded",
      "withdrawn",
      "lapsed",
      "reopened",
    ]),
    stage: StageName.optional(),
    opinion: z.enum(["approve", "refuse"]).optional(),
    by: z.object({
      client: z.string(),
      channel: Channel.optional(),
      officer: z.string().optional(),
      ground: z.string().optional().describe("by what right for another: mandate:<id>, member, guardian"),
      helper: z.string().optional().describe("the clerk who helped at the counter"),
    }),
    reasons: z.array(z.string()).optional(),
    answers: z.array(Answer).optional(),
    procedure: Procedure.optional(),
    material: z.string().optional(),
    byLaw: z.literal(true).optional().describe("the law did it: nobody acted in time"),
    complaint: z.string().optional(),
  })
  .meta({ id: "TimelineEntry" });
