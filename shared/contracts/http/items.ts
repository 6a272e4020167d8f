import * as z from "zod";
import { codeScheme } from "../../kernel/item-codes.ts";
import { PageQuery, pageOf, type RefusalText, route } from "./route.ts";

/** Implementation code (实施编码): department USCC 18, level 1, basic code 12, handling item 2 where there is one. */
export const ItemCode = z.string().regex(codeScheme.code);

export const DivisionCode = z.string().regex(/^([0-9]{6}|[0-9]{9}|[0-9]{12})$/);

/** Unified social credit code (统一社会信用代码), GB 32100; the check character is checked where it is registered. */
const Uscc = z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/);

/** A step at which an officer of the department decides (承办, 审核, 批准). */
export const StageName = z.enum(["handling", "review", "approval"]);
export type StageName = z.infer<typeof StageName>;

export const ApplicantKind = z.enum(["natural", "legal"]);
export type ApplicantKind = z.infer<typeof ApplicantKind>;

/** The least trust accepted: A from the issuer itself, B verified at a counter, C uploaded, D self-declared. */
const TrustGrade = z.enum(["A", "B", "C", "D"]);
export type TrustGrade = z.infer<typeof TrustGrade>;

const Id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const Name = z.string().min(1).max(300);
const Text = z.string().max(2000);

/** When something applies: every option named must have been answered with one of its choices. Absent: always. */
export const Condition = z
  .array(z.object({ option: Id, anyOf: z.array(Id).min(1).max(20) }))
  .max(10)
  .meta({ id: "Condition" });
export type Condition = z.infer<typeof Condition>;

/** What a person answers to the item's options: option id to choice id. */
const Situation = z.record(Id, Id).meta({ id: "Situation" });
export type Situation = z.infer<typeof Situation>;

const Check = z.object({
  id: Id,
  text: z.string().min(1).max(500),
  basis: z.string().max(300).optional().describe("law and article"),
});

export const ItemDefinition = z
  .object({
    code: ItemCode,
    basicCode: z.string().regex(codeScheme.basicCode).describe("基本编码: the directory item it implements"),
    name: Name,
    kind: z.enum(["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"]).describe("GB/T 39046 item kind"),
    level: z.enum(["1", "2", "3", "4", "5", "6"]),
    applicants: z.array(ApplicantKind).min(1).max(2),
    objects: z
      .array(z.enum(["1", "2", "3", "4", "5", "6"]))
      .min(1)
      .describe("GB/T 39046 service objects"),
    themes: z.array(z.string().min(1).max(50)).max(20).describe("life events and topics"),
    department: z.object({ uscc: Uscc, name: Name }),
    division: DivisionCode,
    handling: z.enum(["instant", "committed"]).describe("即办件, 承诺件"),
    limits: z
      .object({
        statutory: z.int().nonnegative(),
        promised: z.int().nonnegative(),
        basis: z.string().max(300).optional().describe("the law that sets a limit of its own"),
      })
      .describe("working days from acceptance to the decision; promised <= statutory"),
    visits: z.int().nonnegative().optional(),
    visitReason: Text.optional().describe("why anybody has to come in person more than once"),
    stages: z
      .array(
        z.object({
          name: StageName,
          title: Name,
          role: Name,
          workingDays: z.int().nonnegative().optional(),
          checks: z.array(Check).max(50).describe("标准化审批表: the stage's standard approval form"),
        }),
      )
      .max(3)
      .describe("in order; the last one decides; none for an instant item, which is decided when accepted"),
    legalBasis: z.array(z.object({ law: Name, article: z.string().max(300).optional() })).max(50),
    conditions: z.array(Text).max(50),
    options: z
      .array(
        z.object({
          id: Id,
          question: Name,
          choices: z
            .array(z.object({ id: Id, label: Name }))
            .min(1)
            .max(20),
        }),
      )
      .max(20)
      .describe("情形: questions whose answers cut materials and fees to those that apply"),
    form: z.record(z.string(), z.unknown()).describe("JSON Schema 2020-12 of the application's form"),
    materials: z
      .array(
        z.object({
          id: Id,
          name: Name,
          required: z.boolean(),
          source: Name,
          form: Name.describe("原件, 复印件, 电子"),
          copies: z.int().nonnegative(),
          licenceTypes: z.array(Name).max(20).describe("an e-licence of any of these types replaces it"),
          grade: TrustGrade.describe(
            "the least trust accepted: A issuer, B window-verified, C uploaded, D self-declared",
          ),
          formats: z.array(z.string().max(100)).max(20).describe("media types of a file"),
          maxBytes: z.int().nonnegative().describe("of one file"),
          deferrable: z.boolean().describe("容缺: may follow by a deadline"),
          deferDays: z.int().nonnegative().optional().describe("working days after acceptance"),
          when: Condition.optional(),
        }),
      )
      .max(60),
    fees: z
      .array(
        z.object({
          id: Id,
          name: Name,
          standard: Text,
          amount: z.int().nonnegative().describe("fen"),
          basis: z.string().max(500),
          due: z.enum(["acceptance", "issue"]).describe("what the payment comes before"),
          chargeItem: z
            .string()
            .regex(/^[0-9]{12}$/)
            .optional()
            .describe("charge-item code of the fiscal receipt"),
          when: Condition.optional(),
        }),
      )
      .max(30),
    specialProcedures: z
      .array(
        z.object({
          kind: z.enum(["hearing", "inspection", "testing", "quarantine", "expert-review"]),
          name: Name,
          workingDays: z.int().nonnegative(),
        }),
      )
      .max(10)
      .describe("特别程序: they stop the clock, for about these working days"),
    tacit: z
      .enum(["none", "approved", "refused"])
      .describe("what is deemed decided when the statutory limit passes without a decision"),
    result: z.object({
      name: Name,
      licenceType: Name.optional(),
      validityYears: z.int().positive().optional(),
    }),
    deliverable: z.boolean().describe("the result can be sent by courier"),
    commitment: z.boolean().describe("告知承诺: may be decided first on a signed promise"),
    assurance: z
      .union([z.literal(2), z.literal(3)])
      .optional()
      .describe("实名等级: the least assurance of whoever applies with a token of their own; 3 by face or document"),
    effectiveFrom: z.iso.date().optional().describe("the day it takes force; the day of publication unless told"),
    assumed: z.array(z.string().max(100)).max(100).describe("fields that are not known facts"),
    sources: z.array(z.object({ url: z.string().max(1000).optional(), note: z.string().max(2000) })).max(50),
  })
  .meta({ id: "ItemDefinition" });
export type ItemDefinition = z.infer<typeof ItemDefinition>;

export const Item = ItemDefinition.extend({
  version: z.int().positive(),
  effectiveFrom: z.iso.date().describe("the day it took force, or will"),
}).meta({ id: "Item" });
export type Item = z.infer<typeof Item>;

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
