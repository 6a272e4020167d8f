import * as z from "zod";
import { ApplicantKind, DivisionCode, ItemCode, StageName } from "../catalogue/item.ts";
import { PageQuery, pageOf, route } from "../route.ts";
import {
  Applicant,
  ApplicantNumber,
  ApplicationId,
  ApplicationStatus,
  BroughtMaterial,
  byId,
  Deadline,
  Defect,
  Form,
  Officer,
  Receipt,
  TimelineEntry,
} from "./parts.ts";
import { Situation } from "./submitting.ts";
import { pick } from "./texts.ts";

const ApplicationView = Receipt.extend({
  item: z.object({ code: ItemCode, version: z.int(), name: z.string() }),
  department: z.object({ uscc: z.string(), name: z.string() }),
  division: z.string(),
  applicant: z.object({
    kind: ApplicantKind,
    name: z.string().describe("one character is kept"),
    idNumber: z.string().describe("first and last character are kept"),
    phone: z.string().optional().describe("first 3 and last 4 digits are kept"),
  }),
  receivedAt: z.iso.datetime(),
  situation: Situation,
  materials: z.array(BroughtMaterial),
  defects: z.array(Defect).optional().describe("what is missing, while the case waits for its correction"),
  fees: z.array(
    z.object({
      due: z.enum(["acceptance", "issue"]),
      total: z.int().describe("fen"),
      charges: z.array(z.object({ name: z.string(), amount: z.int() })),
      paid: z.boolean(),
    }),
  ),
  deferred: z.array(z.object({ material: z.string(), by: Deadline.optional(), supplied: z.boolean() })),
  commitment: z.object({ verifyBy: Deadline.optional(), found: z.enum(["kept", "broken"]).optional() }).optional(),
  claimedBy: z.string().optional().describe("the officer who has taken the current task"),
  outcome: z.enum(["approved", "refused"]).optional().describe("from the decision on"),
  timeline: z.array(TimelineEntry),
}).meta({ id: "Application" });
export type ApplicationView = z.infer<typeof ApplicationView>;

const CaseSummary = z
  .object({
    id: ApplicationId,
    number: z.string(),
    itemCode: ItemCode.optional().describe("in an applicant's list"),
    licenceType: z
      .string()
      .optional()
      .describe("in an applicant's list: the licence that was issued, until it is revoked"),
    licenceUntil: z.iso.date().optional().describe("the day on which its term is over"),
    itemName: z.string(),
    status: ApplicationStatus,
    stage: StageName.optional(),
    receivedAt: z.iso.datetime(),
    dueBy: Deadline.optional().describe("the next deadline"),
    claimedBy: z.string().optional().describe("the officer who has taken the current task"),
  })
  .meta({ id: "CaseSummary" });
export type CaseSummary = z.infer<typeof CaseSummary>;

export const searchApplications = route({
  operation: "searchApplications",
  tag: "applications",
  summary:
    "An applicant's cases, newest first, whatever channel they came by. A POST: an ID number never stands in a URL",
  method: "POST",
  path: "/v1/applications/search",
  scopes: ["applications:read", "applications:submit"],
  query: PageQuery,
  body: z.object({ applicant: ApplicantNumber.optional().describe("needed unless a person's token says it") }),
  success: { status: 200, schema: pageOf(CaseSummary) },
  refusals: pick("application.applicant-required", "application.applicant-differs"),
});

const IssuedLicence = z
  .object({
    id: ApplicationId.describe("of the case in which it was issued; attach it by this"),
    number: z.string().describe("of that case"),
    licenceType: z.string(),
    licenceUntil: z.iso.date().optional().describe("the day on which its term is over"),
    itemCode: ItemCode,
    itemName: z.string(),
    grade: z.literal("A").describe("its issuer is here"),
  })
  .meta({ id: "IssuedLicence" });

export const searchLicences = route({
  operation: "searchLicences",
  tag: "materials",
  summary:
    "Licences (电子证照) that an applicant was issued here and that stand, the latest case first: to be attached by reference, with consent. A page may come short, or empty, and still have a `next`",
  method: "POST",
  path: "/v1/licences/search",
  scopes: ["applications:read", "applications:submit"],
  query: PageQuery,
  body: z.object({
    applicant: ApplicantNumber.optional().describe("needed unless a person's token says it"),
    material: z
      .object({ itemCode: ItemCode, material: z.string().min(1).max(64) })
      .optional()
      .describe("only what this material of the item accepts"),
  }),
  success: { status: 200, schema: pageOf(IssuedLicence) },
  refusals: pick("application.applicant-required", "application.applicant-differs", "application.material-unknown"),
});

export const readApplication = route({
  operation: "readApplication",
  tag: "applications",
  summary: "A case with its timeline, personal data masked",
  method: "GET",
  path: "/v1/applications/{id}",
  scopes: ["applications:read"],
  pathParams: byId,
  success: { status: 200, schema: ApplicationView, version: (view) => view.version },
  refusals: pick("application.not-found"),
});

export const readPersonalData = route({
  operation: "readPersonalData",
  tag: "applications",
  summary: "The applicant, the form and the promise, unmasked; every reading is recorded with its purpose",
  method: "POST",
  path: "/v1/applications/{id}/personal-data",
  scopes: ["applications:personal"],
  pathParams: byId,
  body: z.object({
    purpose: z.enum(["acceptance", "decision", "delivery", "supervision"]),
    officer: Officer.optional(),
  }),
  success: {
    status: 200,
    schema: z.object({ applicant: Applicant, form: Form, commitment: z.string().optional() }),
  },
  refusals: pick("application.not-found", "application.officer-required"),
});

export const listWorklist = route({
  operation: "listWorklist",
  tag: "applications",
  summary:
    "The department's open cases: by desk, and at each the most urgent first. A page may come short, or empty, and still have a `next`",
  method: "GET",
  path: "/v1/worklist",
  scopes: ["applications:decide"],
  query: PageQuery.extend({
    list: z
      .enum(["open", "unassigned", "mine"])
      .default("open")
      .describe("all; what nobody has taken, and somebody could; what the officer has taken"),
    at: z
      .enum(["accept", "handling", "review", "approval", "issue", "verify", "waiting"])
      .optional()
      .describe("with unassigned: only this desk"),
    officer: Officer.optional().describe("with mine: whose, unless the token is theirs"),
    division: DivisionCode.optional().describe("this division and those below it, within the token's own"),
  }),
  success: { status: 200, schema: pageOf(CaseSummary) },
  refusals: pick("application.officer-required"),
});
