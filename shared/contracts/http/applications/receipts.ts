import * as z from "zod";
import { PageQuery, pageOf, route } from "../route.ts";
import { Link, pick, WhoseFile, whose } from "./materials.ts";
import { ApplicationId } from "./parts.ts";

export const ReceiptKind = z.enum([
  "acceptance",
  "correction",
  "decline",
  "suspension",
  "extension",
  "decision",
  "revocation",
  "delivery",
]);

const IssuedReceipt = z
  .object({
    id: z.string().describe("the id of the event it was made of"),
    kind: ReceiptKind,
    title: z.string(),
    issuedAt: z.iso.datetime(),
    bytes: z.int(),
    sha256: z.string(),
  })
  .meta({ id: "IssuedReceipt" });

export const listReceipts = route({
  operation: "listReceipts",
  tag: "materials",
  summary: "The official receipts (文书) of a case, oldest first",
  method: "GET",
  path: "/v1/applications/{id}/receipts",
  scopes: ["applications:read"],
  pathParams: z.object({ id: ApplicationId }),
  query: PageQuery,
  success: { status: 200, schema: pageOf(IssuedReceipt) },
  refusals: pick("application.not-found"),
});

export const downloadReceipt = route({
  operation: "downloadReceipt",
  tag: "materials",
  summary:
    "A link of one minute to a receipt, for the applicant (a channel names them) or the case's department; recorded before it is given",
  method: "POST",
  path: "/v1/applications/{id}/receipts/{receipt}/download",
  scopes: ["applications:read"],
  pathParams: z.object({ id: ApplicationId, receipt: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}\.\d{1,6}\.\d{1,3}$/) }),
  body: z.object({
    applicant: WhoseFile,
    purpose: z.enum(["acceptance", "decision", "delivery", "supervision"]).optional(),
    officer: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .optional(),
  }),
  success: { status: 200, schema: Link.omit({ name: true }).extend({ title: z.string() }) },
  refusals: { ...whose, ...pick("receipt.not-found", "application.not-found", "file.purpose-missing") },
});
