import * as z from "zod";
import { ItemCode } from "../catalogue/item.ts";
import { route } from "../route.ts";
import {
  Applicant,
  ApplicantNumber,
  ApplicationId,
  byId,
  CaseMaterial,
  CaseMaterials,
  Form,
  Reason,
  receipt,
} from "./parts.ts";
import { pick } from "./texts.ts";

export const Situation = z
  .record(z.string().max(64), z.string().max(64))
  .describe("what was chosen of the item's options: option id -> choice id");

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
    applicant: Applicant.optional(),
    situation: Situation.optional(),
    form: Form,
    materials: CaseMaterials,
    commitment: z
      .object({ statement: z.string().min(10).max(4000).describe("the promise as it was signed") })
      .optional()
      .describe("告知承诺: decide first, on this promise"),
    draft: ApplicationId.optional().describe("the draft this came from: it makes one case, whoever submits it again"),
  }),
  success: { ...receipt, status: 201 },
  refusals: pick(
    "application.item-not-found",
    "application.applicant-required",
    "application.applicant-differs",
    "application.not-in-mandate",
    "application.assurance-needed",
    "application.form-too-large",
    "application.applicant-not-eligible",
    "application.invalid-id-number",
    "application.form-invalid",
    "application.situation-incomplete",
    "application.materials-missing",
    "application.material-unfit",
    "application.commitment-not-allowed",
    "application.commitment-barred",
    "application.draft-not-found",
    "application.draft-submitted",
  ),
});

const applicantsOwn = { applicant: ApplicantNumber.optional().describe("needed unless a person's token says it") };

export const correctApplication = route({
  operation: "correctApplication",
  tag: "applications",
  summary: "Supply what was missing (补正), all of it at once",
  method: "POST",
  path: "/v1/applications/{id}/correct",
  scopes: ["applications:submit"],
  pathParams: byId,
  keyed: true,
  body: z.object({ ...applicantsOwn, form: Form.optional(), materials: CaseMaterials }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.applicant-required",
    "application.not-returned",
    "application.correction-late",
    "application.form-invalid",
    "application.form-too-large",
    "application.material-unfit",
    "application.materials-missing",
  ),
});

export const supplyMaterial = route({
  operation: "supplyMaterial",
  tag: "applications",
  summary: "Supply a deferred material (容缺补交)",
  method: "POST",
  path: "/v1/applications/{id}/supply-material",
  scopes: ["applications:submit"],
  pathParams: byId,
  keyed: true,
  body: z.object({ ...applicantsOwn, supply: CaseMaterial }),
  success: receipt,
  refusals: pick(
    "application.not-found",
    "application.applicant-required",
    "application.already-decided",
    "application.material-not-deferred",
    "application.material-unfit",
  ),
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
  body: z.object({ ...applicantsOwn, reason: Reason.optional() }),
  success: receipt,
  refusals: pick("application.not-found", "application.applicant-required", "application.already-decided"),
});
