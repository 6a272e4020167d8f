import * as z from "zod";
import { uploadTypes } from "../../../kernel/uploads.ts";
import { ItemCode } from "../catalogue/item.ts";
import { PageQuery, pageOf, type RefusalText, route } from "../route.ts";
import { Applicant, ApplicationId } from "./parts.ts";
import { pick as ofCases } from "./texts.ts";

/** What can be uploaded at all, by content: an item's material may accept less. */
export const MediaType = z.enum(uploadTypes);
export type MediaType = z.infer<typeof MediaType>;

/** How far a material is trusted: A from its issuer, B seen at a window, C uploaded, D only declared. */
const TrustGrade = z.enum(["A", "B", "C", "D"]);

const FileId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
const byId = z.object({ id: FileId });

/** Left out with a person's token: it is whom the token stands for. */
const OwnApplicant = Applicant.optional();
export const WhoseFile = Applicant.pick({ kind: true, idNumber: true }).optional();

const MaterialReference = z
  .object({ itemCode: ItemCode, material: z.string().min(1).max(64).describe("the material's id in the item") })
  .meta({ id: "MaterialReference" });

const FileReceipt = z
  .object({
    id: FileId,
    status: z.enum(["uploading", "checking", "clean", "rejected"]),
    version: z.int().positive(),
    grade: TrustGrade,
    mediaType: MediaType,
    bytes: z.int(),
    reason: z
      .enum(["malware", "type-differs", "checksum-differs", "size-differs", "unreadable"])
      .optional()
      .describe("why it was rejected"),
  })
  .meta({ id: "FileReceipt" });

const Upload = z
  .object({
    method: z.literal("PUT"),
    url: z.url(),
    headers: z.record(z.string(), z.string()).describe("to be sent exactly as they are: they are signed"),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "Upload" });

/** A link of one minute. Anyone who holds it can fetch the file: hand it to the browser and keep it nowhere. */
export const Link = z
  .object({
    url: z.url(),
    expiresAt: z.iso.datetime(),
    name: z.string().describe("how the applicant called it; personal data"),
    mediaType: z.string(),
    bytes: z.int(),
  })
  .meta({ id: "DownloadLink" });

const texts = {
  "file.not-found": { status: 404, zh: "没有这个文件。", en: "No such file." },
  "application.invalid-id-number": {
    status: 422,
    zh: "证件号码或统一社会信用代码的校验位不正确。",
    en: "The check character of the ID number or credit code is wrong.",
  },
  "file.material-unknown": {
    status: 422,
    zh: "该事项没有这项材料。",
    en: "The item has no such material, or is not known here yet.",
  },
  "file.type-not-accepted": {
    status: 422,
    zh: "该材料不接受此格式的文件。",
    en: "The material does not accept files of this type.",
  },
  "file.too-large": {
    status: 413,
    zh: "文件超过该材料允许的大小。",
    en: "The file is larger than the material allows.",
  },
  "file.not-uploaded": {
    status: 409,
    zh: "文件尚未上传完成，或上传已过期。",
    en: "The file has not arrived; its link may have expired.",
  },
  "file.not-clean": {
    status: 409,
    zh: "文件尚未通过安全检查，或未通过。",
    en: "The file has not passed the safety check.",
  },
  "file.purpose-missing": {
    status: 422,
    zh: "部门调阅文件须说明办件、目的和经办人。",
    en: "A department names the case, the purpose and the officer.",
  },
  "receipt.not-found": { status: 404, zh: "没有这份文书。", en: "No such receipt." },
  "application.not-found": { status: 404, zh: "没有这个办件。", en: "No such application." },
} as const satisfies Record<string, RefusalText>;

/** Whose it is, as with cases. */
export const whose = ofCases("application.applicant-required", "application.applicant-differs");

export const pick = <K extends keyof typeof texts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, texts[code]])) as Pick<typeof texts, K>;

export const uploadFile = route({
  operation: "uploadFile",
  tag: "materials",
  summary: "Announce a file and get the link to send it to (PUT); it then lies in quarantine until it is checked",
  method: "POST",
  path: "/v1/files",
  scopes: ["applications:submit"],
  keyed: true,
  body: z.object({
    applicant: OwnApplicant,
    name: z
      .string()
      .trim()
      .min(1)
      .max(255)
      .refine((name) => !/[\p{Cc}/\\]/u.test(name), "a file's name, without a path")
      .describe("shown to those who may see the file; never part of an address or a log"),
    mediaType: MediaType,
    bytes: z.int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    material: MaterialReference.optional().describe("what it is meant to be; it can then be found for reuse"),
    original: z
      .boolean()
      .optional()
      .describe("false: the window's clerk has not seen the original, so that it is no better than any upload"),
  }),
  success: {
    status: 201,
    schema: FileReceipt.extend({ upload: Upload }),
    version: ({ version }) => version,
  },
  refusals: {
    ...whose,
    ...pick("application.invalid-id-number", "file.material-unknown", "file.type-not-accepted", "file.too-large"),
  },
});

export const completeFile = route({
  operation: "completeFile",
  tag: "materials",
  summary: "Say that the file has been sent: its size, checksum and real type are checked, then it is scanned",
  method: "POST",
  path: "/v1/files/{id}/complete",
  scopes: ["applications:submit"],
  pathParams: byId,
  keyed: true,
  body: z.object({ applicant: WhoseFile }),
  success: { status: 200, schema: FileReceipt, version: ({ version }) => version },
  refusals: { ...whose, ...pick("file.not-found", "file.not-uploaded") },
});

export const readFile = route({
  operation: "readFile",
  tag: "materials",
  summary: "How far the check of a file has come; nothing of its content or name",
  method: "GET",
  path: "/v1/files/{id}",
  scopes: ["applications:read"],
  pathParams: byId,
  success: { status: 200, schema: FileReceipt, version: ({ version }) => version },
  refusals: pick("file.not-found"),
});

export const downloadFile = route({
  operation: "downloadFile",
  tag: "materials",
  summary:
    "A link of one minute to a clean file, for its applicant, or for the department of a case it is attached to; each use is recorded before the link is given",
  method: "POST",
  path: "/v1/files/{id}/download",
  scopes: ["applications:read"],
  pathParams: byId,
  body: z.object({
    applicant: WhoseFile,
    application: ApplicationId.optional().describe("departments: the case it is attached to"),
    purpose: z.enum(["acceptance", "decision", "delivery", "supervision"]).optional(),
    officer: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/)
      .optional()
      .describe("a department's own client names its officer"),
  }),
  success: { status: 200, schema: Link },
  refusals: { ...whose, ...pick("file.not-found", "file.not-clean", "file.purpose-missing") },
});

const FileSummary = z
  .object({
    id: FileId,
    grade: TrustGrade,
    mediaType: MediaType,
    bytes: z.int(),
    since: z.iso.datetime().describe("when it passed the check"),
    itemCode: ItemCode.optional().describe("the item it was first brought for"),
    material: z.string().optional(),
    materialName: z.string().optional(),
    channel: z.string().optional().describe("where it came in"),
  })
  .meta({ id: "FileSummary" });

export const searchFiles = route({
  operation: "searchFiles",
  tag: "materials",
  summary:
    "What an applicant once supplied (历史资料库), newest first, and for one material if it is named: to be attached again by reference, with consent. A POST: an ID number never stands in a URL",
  method: "POST",
  path: "/v1/files/search",
  scopes: ["applications:read", "applications:submit"],
  query: PageQuery,
  body: z.object({ applicant: WhoseFile, material: MaterialReference.optional() }),
  success: { status: 200, schema: pageOf(FileSummary) },
  refusals: { ...whose, ...pick("file.material-unknown") },
});
