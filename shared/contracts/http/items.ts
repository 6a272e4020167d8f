import * as z from "zod";
import { PageQuery, pageOf, type RefusalText, route } from "./route.ts";

/** Implementation code (实施编码): department USCC 18, level 1, basic code 12, handling item 2 where there is one. */
export const ItemCode = z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}[1-6][0-9]{12}([0-9]{2})?$/);

export const DivisionCode = z.string().regex(/^([0-9]{6}|[0-9]{9}|[0-9]{12})$/);

/** Unified social credit code (统一社会信用代码), GB 32100; the check character is checked where it is registered. */
export const Uscc = z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/);

/** A step at which an officer of the department decides (承办, 审核, 批准). */
export const StageName = z.enum(["handling", "review", "approval"]);
export type StageName = z.infer<typeof StageName>;

export const ApplicantKind = z.enum(["natural", "legal"]);
export type ApplicantKind = z.infer<typeof ApplicantKind>;

export const Item = z
  .object({
    code: ItemCode,
    version: z.int().positive(),
    name: z.string(),
    kind: z.enum(["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"]).describe("GB/T 39046 item kind"),
    level: z.enum(["1", "2", "3", "4", "5", "6"]),
    applicants: z.array(ApplicantKind).min(1),
    department: z.object({ uscc: Uscc, name: z.string() }),
    division: DivisionCode,
    handling: z.enum(["instant", "committed"]).describe("即办件, 承诺件"),
    limits: z
      .object({ statutory: z.int().nonnegative(), promised: z.int().nonnegative() })
      .describe("working days from acceptance to the decision; promised <= statutory"),
    visits: z.int().nonnegative().optional(),
    stages: z
      .array(z.object({ name: StageName, title: z.string(), role: z.string(), workingDays: z.int().optional() }))
      .describe("in order; the last one decides; none for an instant item, which is decided when accepted"),
    legalBasis: z.array(z.object({ law: z.string(), article: z.string().optional() })),
    conditions: z.array(z.string()),
    materials: z.array(
      z.object({
        name: z.string(),
        required: z.boolean(),
        source: z.string(),
        form: z.string(),
        copies: z.int(),
        licenceType: z.string().optional().describe("an e-licence of this type replaces it"),
        deferrable: z.boolean().describe("容缺: may follow by a deadline"),
      }),
    ),
    fees: z.array(
      z.object({ name: z.string(), standard: z.string(), amount: z.int().describe("fen"), basis: z.string() }),
    ),
    result: z.object({
      name: z.string(),
      licenceType: z.string().optional(),
      validityYears: z.int().optional(),
    }),
    deliverable: z.boolean().describe("the result can be sent by courier"),
    commitment: z.boolean().describe("告知承诺: may be decided first on a signed promise"),
    assumed: z.array(z.string()).describe("fields that are not known facts"),
    sources: z.array(z.object({ url: z.string().optional(), note: z.string() })),
  })
  .meta({ id: "Item" });
export type Item = z.infer<typeof Item>;

const itemRefusals = {
  "item.not-found": { status: 404, zh: "没有这个事项，或该版本未发布。", en: "No such item, or not in that version." },
} as const satisfies Record<string, RefusalText>;

const ItemSummary = Item.pick({
  code: true,
  version: true,
  name: true,
  kind: true,
  department: true,
  division: true,
  handling: true,
  limits: true,
  applicants: true,
}).meta({ id: "ItemSummary" });
export type ItemSummary = z.infer<typeof ItemSummary>;

export const listItems = route({
  operation: "listItems",
  tag: "catalogue",
  summary: "Published service items, by division and code",
  method: "GET",
  path: "/v1/items",
  scopes: [],
  query: PageQuery.extend({ division: DivisionCode.optional().describe("this division and those below it") }),
  success: { status: 200, schema: pageOf(ItemSummary) },
  refusals: {},
});

export const readItem = route({
  operation: "readItem",
  tag: "catalogue",
  summary: "The version of an item that is in force",
  method: "GET",
  path: "/v1/items/{code}",
  scopes: [],
  pathParams: z.object({ code: ItemCode }),
  success: { status: 200, schema: Item, version: (item) => item.version },
  refusals: itemRefusals,
});

export const readItemVersion = route({
  operation: "readItemVersion",
  tag: "catalogue",
  summary: "One version of an item; it never changes",
  method: "GET",
  path: "/v1/items/{code}/versions/{version}",
  scopes: [],
  pathParams: z.object({ code: ItemCode, version: z.coerce.number().int().positive() }),
  success: { status: 200, schema: Item, version: (item) => item.version },
  refusals: itemRefusals,
});
