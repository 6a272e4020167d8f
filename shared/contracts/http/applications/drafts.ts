import * as z from "zod";
import { ItemCode } from "../catalogue/item.ts";
import { PageQuery, pageOf, route } from "../route.ts";
import { Applicant, ApplicantNumber, ApplicationId, byId, CaseMaterial, Form } from "./parts.ts";
import { Situation } from "./submitting.ts";
import { pick } from "./texts.ts";

const Content = z
  .object({
    situation: Situation.optional(),
    form: Form.optional(),
    materials: z.array(CaseMaterial).max(60).optional(),
  })
  .describe("what is filled in so far; nothing of it is checked");

const Draft = z
  .object({
    id: ApplicationId,
    version: z.int().positive(),
    itemCode: ItemCode,
    content: Content,
    savedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe("unless it is saved again before"),
  })
  .meta({ id: "Draft" });
type Draft = z.infer<typeof Draft>;

const saved = { schema: Draft, version: (draft: Draft) => draft.version };

export const beginDraft = route({
  operation: "beginDraft",
  tag: "applications",
  summary: "Begin a draft (草稿), to be gone on with on any channel of its applicant",
  method: "POST",
  path: "/v1/drafts",
  scopes: ["applications:submit"],
  keyed: true,
  body: z.object({ itemCode: ItemCode, applicant: Applicant.optional(), content: Content.optional() }),
  success: { ...saved, status: 201 },
  refusals: pick(
    "application.applicant-required",
    "application.applicant-differs",
    "application.not-in-mandate",
    "application.form-too-large",
  ),
});

export const saveDraft = route({
  operation: "saveDraft",
  tag: "applications",
  summary: "Save what is filled in by now; If-Match keeps two devices from overwriting each other",
  method: "PUT",
  path: "/v1/drafts/{id}",
  scopes: ["applications:submit"],
  pathParams: byId,
  body: z.object({ content: Content }),
  success: { ...saved, status: 200 },
  refusals: pick("application.draft-not-found", "application.draft-submitted", "application.form-too-large"),
});

export const readDraft = route({
  operation: "readDraft",
  tag: "applications",
  summary: "One draft",
  method: "GET",
  path: "/v1/drafts/{id}",
  scopes: ["applications:submit"],
  pathParams: byId,
  success: { ...saved, status: 200 },
  refusals: pick("application.draft-not-found"),
});

export const discardDraft = route({
  operation: "discardDraft",
  tag: "applications",
  summary: "Throw a draft away",
  method: "DELETE",
  path: "/v1/drafts/{id}",
  scopes: ["applications:submit"],
  pathParams: byId,
  success: { status: 204, schema: z.undefined() },
  refusals: pick("application.draft-not-found"),
});

export const searchDrafts = route({
  operation: "searchDrafts",
  tag: "applications",
  summary: "An applicant's drafts, the latest first. A POST: an ID number never stands in a URL",
  method: "POST",
  path: "/v1/drafts/search",
  scopes: ["applications:submit"],
  query: PageQuery,
  body: z.object({ applicant: ApplicantNumber.optional() }),
  success: {
    status: 200,
    schema: pageOf(Draft.pick({ id: true, itemCode: true, savedAt: true }).meta({ id: "DraftSummary" })),
  },
  refusals: pick("application.applicant-required", "application.applicant-differs"),
});
