import * as z from "zod";
import { codeScheme } from "../../../kernel/item-codes.ts";
import { PageQuery, pageOf, type RefusalText, route } from "../route.ts";
import { DivisionCode, Item, ItemCode, Situation, Uscc } from "./item.ts";

/** Pages for people to read, without a contract. The guide takes the situation as its query. */
export const itemPages = { guide: "/items/{code}/guide", manual: "/items/{code}/manual" } as const;

const itemRefusals = {
  "item.not-found": { status: 404, zh: "没有这个事项，或该版本未发布。", en: "No such item, or not in that version." },
} as const satisfies Record<string, RefusalText>;

export const ItemSummary = Item.pick({
  code: true,
  version: true,
  name: true,
  kind: true,
  department: true,
  division: true,
  handling: true,
  limits: true,
  applicants: true,
})
  .extend({ suspended: z.literal(true).optional().describe("it cannot be applied for at present") })
  .meta({ id: "ItemSummary" });
export type ItemSummary = z.infer<typeof ItemSummary>;

/** The version people go by, and whether it can be applied for at present. */
const ItemInForce = Item.extend({
  suspended: z.object({ since: z.iso.datetime(), reason: z.string() }).optional(),
}).meta({ id: "ItemInForce" });
export type ItemInForce = z.infer<typeof ItemInForce>;

const situationRefusals = {
  ...itemRefusals,
  "situation.unknown-option": { status: 422, zh: "该事项没有这个情形。", en: "The item has no such option." },
  "situation.unknown-choice": { status: 422, zh: "该情形没有这个选项。", en: "The option has no such choice." },
} as const satisfies Record<string, RefusalText>;

export const listItems = route({
  operation: "listItems",
  tag: "catalogue",
  summary: "Service items in force, by division and code; by word, theme or service object",
  method: "GET",
  path: "/v1/items",
  scopes: [],
  query: PageQuery.extend({
    division: DivisionCode.optional().describe("this division and those below it"),
    q: z
      .string()
      .trim()
      .min(2)
      .max(50)
      .optional()
      .describe(
        "words to be found in the item's name, its themes or its result; a department's name beside them narrows",
      ),
    theme: z.string().min(1).max(50).optional().describe("a life event or topic, as items name it"),
    object: z.enum(["1", "2", "3", "4", "5", "6"]).optional().describe("service object, GB/T 39046"),
  }),
  success: { status: 200, schema: pageOf(ItemSummary) },
  refusals: {
    "search.no-words": {
      status: 422,
      zh: "请输入至少两个字的词语。",
      en: "Nothing in it can be searched for: give a word of two characters or more.",
    },
  },
});

const byCode = z.object({ code: ItemCode });

export const readItem = route({
  operation: "readItem",
  tag: "catalogue",
  summary: "The version of an item that is in force",
  method: "GET",
  path: "/v1/items/{code}",
  scopes: [],
  pathParams: byCode,
  success: { status: 200, schema: ItemInForce, version: (item) => item.version },
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

const shape = Item.shape;

const Guide = Item.pick({
  code: true,
  version: true,
  name: true,
  kind: true,
  applicants: true,
  department: true,
  division: true,
  handling: true,
  limits: true,
  visits: true,
  visitReason: true,
  legalBasis: true,
  conditions: true,
  options: true,
  form: true,
  materials: true,
  fees: true,
  specialProcedures: true,
  tacit: true,
  result: true,
  deliverable: true,
  commitment: true,
  assurance: true,
  effectiveFrom: true,
  assumed: true,
})
  .extend({
    situation: Situation.describe("as it was told"),
    total: z.int().describe("fen, of the fees that apply for certain"),
    open: shape.options.describe("questions still open whose answer changes materials or fees"),
    steps: z.array(z.object({ title: z.string(), role: z.string(), workingDays: z.int().optional() })),
    places: z.array(z.object({ channel: z.enum(["online", "window", "courier"]), at: z.string() })),
  })
  .meta({ id: "Guide" });

export const guideItem = route({
  operation: "guideItem",
  tag: "catalogue",
  summary: "The guide for people (办事指南), cut to a situation; what hangs on a question still open is in it",
  method: "POST",
  path: "/v1/items/{code}/guide",
  scopes: [],
  pathParams: byCode,
  body: z.object({ situation: Situation.default({}) }),
  success: { status: 200, schema: Guide, version: (guide) => guide.version },
  refusals: situationRefusals,
});

export const readManual = route({
  operation: "readManual",
  tag: "catalogue",
  summary: "The manual for officers (业务手册): stages with their approval forms",
  method: "GET",
  path: "/v1/items/{code}/manual",
  scopes: [],
  pathParams: byCode,
  success: {
    status: 200,
    schema: Item.pick({
      code: true,
      version: true,
      name: true,
      kind: true,
      department: true,
      division: true,
      handling: true,
      limits: true,
      legalBasis: true,
      conditions: true,
      options: true,
      materials: true,
      fees: true,
      stages: true,
      specialProcedures: true,
      tacit: true,
      commitment: true,
      result: true,
      effectiveFrom: true,
      assumed: true,
    }).meta({ id: "Manual" }),
    version: (manual) => manual.version,
  },
  refusals: itemRefusals,
});

const Side = z.object({ code: ItemCode, version: z.int().positive() });

export const compareItems = route({
  operation: "compareItems",
  tag: "catalogue",
  summary: "Field by field, what differs between two versions, or between two items",
  method: "GET",
  path: "/v1/item-comparison",
  scopes: [],
  query: z.object({
    left: ItemCode,
    leftVersion: z.coerce.number().int().positive().optional().describe("the one in force unless told"),
    right: ItemCode,
    rightVersion: z.coerce.number().int().positive().optional(),
  }),
  success: {
    status: 200,
    schema: z
      .object({
        left: Side,
        right: Side,
        differences: z.array(
          z.object({
            field: z.string(),
            path: z.string().describe("materials[m2].required"),
            left: z.unknown().optional(),
            right: z.unknown().optional(),
          }),
        ),
      })
      .meta({ id: "ItemComparison" }),
  },
  refusals: itemRefusals,
});

export const BasicCode = z.string().regex(codeScheme.basicCode);
const byBasicCode = z.object({ basicCode: BasicCode });

export const BasicItem = z
  .object({
    basicCode: BasicCode,
    name: shape.name,
    kind: shape.kind,
    levels: z.array(shape.level).min(1).max(6).describe("that may implement it"),
    revision: z.int().positive(),
    department: Uscc.optional().describe("who keeps it; absent for what the operator brought in"),
    retired: z.object({ since: z.iso.datetime(), reason: z.string() }).optional(),
  })
  .meta({ id: "BasicItem" });
export type BasicItem = z.infer<typeof BasicItem>;

export const basicItemRefusals = {
  "basic-item.not-found": { status: 404, zh: "目录清单中没有这个事项。", en: "The directory list has no such item." },
} as const satisfies Record<string, RefusalText>;

export const listBasicItems = route({
  operation: "listBasicItems",
  tag: "catalogue",
  summary: "The directory list (目录清单), by code",
  method: "GET",
  path: "/v1/basic-items",
  scopes: [],
  query: PageQuery,
  success: { status: 200, schema: pageOf(BasicItem) },
  refusals: {},
});

export const readBasicItem = route({
  operation: "readBasicItem",
  tag: "catalogue",
  summary: "One directory item",
  method: "GET",
  path: "/v1/basic-items/{basicCode}",
  scopes: [],
  pathParams: byBasicCode,
  success: { status: 200, schema: BasicItem, version: (item) => item.revision },
  refusals: basicItemRefusals,
});

export const listImplementations = route({
  operation: "listImplementations",
  tag: "catalogue",
  summary: "The implementation list (实施清单) of a directory item: where it is in force, by division",
  method: "GET",
  path: "/v1/basic-items/{basicCode}/implementations",
  scopes: [],
  pathParams: byBasicCode,
  query: PageQuery.extend({ division: DivisionCode.optional() }),
  success: { status: 200, schema: pageOf(ItemSummary) },
  refusals: {},
});

export const compareImplementations = route({
  operation: "compareImplementations",
  tag: "catalogue",
  summary:
    "What the implementations of a directory item do differently, field by field, those of a page with each other: 100 at most",
  method: "GET",
  path: "/v1/basic-items/{basicCode}/comparison",
  scopes: [],
  pathParams: byBasicCode,
  query: PageQuery.extend({ division: DivisionCode.optional() }),
  success: {
    status: 200,
    schema: z
      .object({
        next: z.string().optional(),
        implementations: z.array(ItemSummary),
        differences: z.array(
          z.object({
            field: z.string(),
            values: z.array(z.object({ code: ItemCode, value: z.unknown().optional() })),
          }),
        ),
      })
      .meta({ id: "ImplementationComparison" }),
  },
  refusals: {},
});
