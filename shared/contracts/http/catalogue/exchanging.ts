import * as z from "zod";
import { PageQuery, route } from "../route.ts";
import { ItemDefinition } from "./item.ts";
import { Problem } from "./managing.ts";

const exchange = { tag: "catalogue", scopes: ["catalogue:manage"] } as const;

const noDepartment = {
  "item.no-department": {
    status: 403,
    zh: "只有部门可以导入导出自己的事项。",
    en: "Only a department can bring in and take out its items.",
  },
} as const;

const Base64 = z.base64().max(900_000);

export const importDrafts = route({
  ...exchange,
  operation: "importDrafts",
  summary: "Bring in definitions of one's own department as drafts, from JSON or XLSX; the same again writes nothing",
  method: "PUT",
  path: "/v1/catalogue/drafts",
  body: z
    .object({
      definitions: z.array(z.unknown()).max(200).optional(),
      xlsx: Base64.optional().describe("a file as the export writes it"),
      dryRun: z.boolean().default(false),
      reason: z.string().trim().min(1).max(500).optional(),
    })
    .refine(({ definitions, xlsx }) => (definitions === undefined) !== (xlsx === undefined), {
      message: "either definitions or xlsx",
    }),
  success: {
    status: 200,
    schema: z
      .object({
        items: z.array(
          z.object({
            code: z.string(),
            result: z.enum(["drafted", "unchanged", "rejected"]),
            publishable: z.boolean().optional().describe("nothing would keep it from being published"),
            problems: z.array(Problem),
          }),
        ),
      })
      .meta({ id: "DraftImportReport" }),
  },
  refusals: {
    ...noDepartment,
    "import.unreadable": { status: 422, zh: "文件无法读取。", en: "The file cannot be read." },
    "import.too-many": {
      status: 422,
      zh: "一次最多导入 200 个事项；更多的请由运维导入。",
      en: "At most 200 items at a time; more are the operator's to import.",
    },
  },
});

export const exportItems = route({
  ...exchange,
  operation: "exportItems",
  summary: "Take out the definitions of one's own department, drafts before what is in force, as JSON or XLSX",
  method: "GET",
  path: "/v1/catalogue/export",
  query: PageQuery.extend({
    limit: z.coerce.number().int().min(1).max(50).default(50),
    format: z.enum(["json", "xlsx"]).default("json"),
  }),
  success: {
    status: 200,
    schema: z
      .object({
        definitions: z.array(ItemDefinition).optional(),
        xlsx: z.string().optional().describe("base64"),
        next: z.string().optional(),
      })
      .meta({ id: "ItemExport" }),
  },
  refusals: noDepartment,
});
