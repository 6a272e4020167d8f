import * as z from "zod";
import { Channel } from "./caller.ts";
import { ApplicantKind, ItemCode, StageName } from "./items.ts";
import { PageQuery, pageOf, type RefusalText, route } from "./route.ts";

export const ApplicationId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);

export const ApplicationStatus = z.enum([
  "submitted",
  "declined",
  "accepted",
  "approved",
  "refused",
  "concluded",
  "withdrawn",
]);
export type ApplicationStatus = z.infer<typeof ApplicationStatus>;

const Deadline = z
  .object({
    date: z.iso.date(),
    provisional: z.boolean().describe("the holiday notice of a year it runs through is not out yet"),
  })
  .meta({ id: "Deadline" });

/** The applicant as the channel states it; a person signed in takes this place once identity knows persons. */
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

const Officer = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .describe("staff number of the officer who acts");
const Reason = z.string().trim().min(2).max(1000);

/** The answer to every command; a repeat of the command gets the same bytes. */
const Receipt = z
  .object({
    id: ApplicationId,
    number: z.string().max(50).describe("case number (办件编号)"),
    status: ApplicationStatus,
    stage: StageName.optional(),
    version: z.int().positive(),
    acceptBy: Deadline.optional(),
    promisedBy: Deadline.optional(),
    decideBy: Deadline.optional(),
    deliverBy: Deadline.optional(),
  })
  .meta({ id: "ApplicationReceipt" });
export type Receipt = z.infer<typeof Receipt>;

const TimelineEntry = z
  .object({
    at: z.iso.datetime(),
    step: z.enum([
      "submitted",
      "accepted",
      "declined",
      "stage-decided",
      "approved",
      "refused",
      "concluded",
      "withdrawn",
    ]),
    stage: StageName.optional(),
    opinion: z.enum(["approve", "refuse"]).optional(),
    by: z.object({ client: z.string(), channel: Channel.optional(), officer: z.string().optional() }),
    reasons: z.array(z.string()).optional(),
  })
  .meta({ id: "TimelineEntry" });

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
  outcome: z.enum(["approved", "refused"]).optional(),
  timeline: z.array(TimelineEntry),
}).meta({ id: "Application" });
export type ApplicationView = z.infer<typeof ApplicationView>;

const CaseSummary = z
  .object({
    id: ApplicationId,
    number: z.string(),
    itemName: z.string(),
    status: ApplicationStatus,
    stage: StageName.optional(),
    receivedAt: z.iso.datetime(),
    dueBy: Deadline.optional().describe("the next deadline of the department"),
  })
  .meta({ id: "CaseSummary" });
export type CaseSummary = z.infer<typeof CaseSummary>;

const texts = {
  "application.not-found": { status: 404, zh: "没有这个办件。", en: "No such application." },
  "application.item-not-found": {
    status: 422,
    zh: "事项不存在或未发布。",
    en: "The item does not exist or is not published.",
  },
  "application.form-too-large": {
    status: 413,
    zh: "表单内容超过 200 KB；附件请作为材料上传。",
    en: "The form is larger than 200 KB; send files as materials.",
  },
  "application.applicant-not-eligible": {
    status: 422,
    zh: "该事项不受理此类申请人。",
    en: "The item is not for applicants of this kind.",
  },
  "application.invalid-id-number": {
    status: 422,
    zh: "证件号码或统一社会信用代码的校验位不正确。",
    en: "The check character of the ID number or credit code is wrong.",
  },
  "application.not-submitted": {
    status: 409,
    zh: "办件不在待受理状态。",
    en: "The application is not waiting for acceptance.",
  },
  "application.deemed-accepted": {
    status: 409,
    zh: "五个工作日内未告知，自收到之日起即为受理，不能再不予受理。",
    en: "Nobody answered within five working days: it counts as accepted since its receipt and cannot be declined.",
  },
  "application.not-accepted": {
    status: 409,
    zh: "办件尚未受理或已作出决定。",
    en: "The application is not under way.",
  },
  "application.wrong-stage": {
    status: 409,
    zh: "办件不在此环节。",
    en: "The application is at another stage.",
  },
  "application.decision-required": {
    status: 422,
    zh: "即办件受理时须同时作出决定。",
    en: "An instant item is decided when it is accepted; the decision is missing.",
  },
  "application.decision-not-due": {
    status: 422,
    zh: "承诺件须按环节审批，受理时不能作出决定。",
    en: "A committed item is decided at its stages, not when it is accepted.",
  },
  "application.reason-required": {
    status: 422,
    zh: "不予通过须说明理由。",
    en: "A negative answer needs its reasons.",
  },
  "application.same-officer": {
    status: 409,
    zh: "受审分离：受理人员不得审批同一办件。",
    en: "The clerk who accepted a case may not approve it.",
  },
  "application.not-decided": { status: 409, zh: "办件尚未作出决定。", en: "The application has not been decided." },
  "application.already-decided": {
    status: 409,
    zh: "已作出决定或已办结，不能撤回。",
    en: "It has been decided or closed and cannot be withdrawn.",
  },
} as const satisfies Record<string, RefusalText>;

const pick = <K extends keyof typeof texts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, texts[code]])) as Pick<typeof texts, K>;

const byId = z.object({ id: ApplicationId });
const receipt = { status: 200, schema: Receipt, version: (r: Receipt) => r.version } as const;

export const submitApplication = route({
  operation: "submitApplication",
  tag: "applications",
  summary: "Submit an application (申请)",
  method: "POST",
  path: "/v1/applications",
  scopes: ["applications:submit"],
  keyed: true,
  body: z.object({
    itemCode: ItemCode,
    applicant: Applicant,
    form: z.record(z.string(), z.unknown()).describe("the item's form, as filled in"),
  }),
  success: { ...receipt, status: 201 },
  refusals: pick(
    "application.item-not-found",
    "application.form-too-large",
    "application.applicant-not-eligible",
    "application.invalid-id-number",
  ),
});

export const searchApplications = route({
  operation: "searchApplications",
  tag: "applications",
  summary:
    "An applicant's cases, newest first, whatever channel they came by. A POST: an ID number never stands in a URL",
  method: "POST",
  path: "/v1/applications/search",
  scopes: ["applications:read", "applications:submit"],
  query: PageQuery,
  body: z.object({ applicant: Applicant.pick({ kind: true, idNumber: true }) }),
  success: { status: 200, schema: pageOf(CaseSummary) },
  refusals: {},
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
  summary: "The applicant and the form, unmasked; every reading is recorded with its purpose",
  method: "POST",
  path: "/v1/applications/{id}/personal-data",
  scopes: ["applications:personal"],
  pathParams: byId,
  body: z.object({ purpose: z.enum(["acceptance", "decision", "delivery", "supervision"]), officer: Officer }),
  success: {
    status: 200,
    schema: z.object({ applicant: Applicant, form: z.record(z.string(), z.unknown()) }),
  },
  refusals: pick("application.not-found"),
});

export const listWorklist = route({
  operation: "listWorklist",
  tag: "applications",
  summary: "The department's open cases, the most urgent first",
  method: "GET",
  path: "/v1/worklist",
  scopes: ["applications:decide"],
  query: PageQuery,
  success: { status: 200, schema: pageOf(CaseSummary) },
  refusals: {},
});

const Decided = z.object({ outcome: z.enum(["approve", "refuse"]), reasons: z.array(Reason).max(20).default([]) });

export const acceptApplication = route({
  operation: "acceptApplication",
  tag: "applications",
  summary: "Accept (受理): the statutory clock starts; an instant item is decided at once",
  method: "POST",
  path: "/v1/applications/{id}/accept",
  scopes: ["applications:decide"],
  pathParams: byId,
  keyed: true,
  body: z.object({ officer: Officer, decision: Decided.optional() }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.not-submitted",
    "application.decision-required",
    "application.decision-not-due",
    "application.reason-required",
  ),
});

export const declineApplication = route({
  operation: "declineApplication",
  tag: "applications",
  summary: "Decline (不予受理), with the reasons",
  method: "POST",
  path: "/v1/applications/{id}/decline",
  scopes: ["applications:decide"],
  pathParams: byId,
  keyed: true,
  body: z.object({ officer: Officer, reasons: z.array(Reason).min(1).max(20) }),
  success: receipt,
  refusals: pick("application.not-found", "application.not-submitted", "application.deemed-accepted"),
});

export const decideStage = route({
  operation: "decideStage",
  tag: "applications",
  summary: "Decide the current stage; the last stage's decision is the case's",
  method: "POST",
  path: "/v1/applications/{id}/stages/{stage}/decide",
  scopes: ["applications:decide"],
  pathParams: byId.extend({ stage: StageName }),
  keyed: true,
  body: Decided.extend({ officer: Officer }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.not-accepted",
    "application.wrong-stage",
    "application.reason-required",
    "application.same-officer",
  ),
});

export const concludeApplication = route({
  operation: "concludeApplication",
  tag: "applications",
  summary: "Conclude (办结): the result has been issued and delivered",
  method: "POST",
  path: "/v1/applications/{id}/conclude",
  scopes: ["applications:decide"],
  pathParams: byId,
  keyed: true,
  body: z.object({ officer: Officer }),
  success: receipt,
  refusals: pick("application.not-found", "application.not-decided"),
});

export const withdrawApplication = route({
  operation: "withdrawApplication",
  tag: "applications",
  summary: "Withdraw (撤回), before the decision",
  method: "POST",
  path: "/v1/applications/{id}/withdraw",
  scopes: ["applications:submit"],
  pathParams: byId,
  keyed: true,
  body: z.object({ applicant: Applicant.pick({ kind: true, idNumber: true }), reason: Reason.optional() }),
  success: receipt,
  refusals: pick("application.not-found", "application.already-decided"),
});
