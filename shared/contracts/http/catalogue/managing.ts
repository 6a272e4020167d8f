import * as z from "zod";
import { PageQuery, pageOf, type RefusalText, route } from "../route.ts";
import { BasicCode, BasicItem, basicItemRefusals } from "./finding.ts";
import { DivisionCode, Item, ItemCode, ItemDefinition } from "./item.ts";

const byCode = z.object({ code: ItemCode });
const Reason = z.string().trim().min(1).max(500);

const StandingName = z.enum(["unpublished", "in-force", "suspended", "retired"]);
const DraftName = z.enum(["draft", "checked"]);

/** What an acting call is told; a repeat is told the same. */
const Receipt = z
  .object({
    code: ItemCode,
    revision: z.int().positive().describe("of the item's record; give it as If-Match"),
    standing: StandingName,
    draft: DraftName.optional(),
    version: z.int().positive().optional().describe("the version people go by"),
    scheduled: z.object({ version: z.int().positive(), effectiveFrom: z.iso.date() }).optional(),
  })
  .meta({ id: "ItemReceipt" });

export const Problem = z
  .object({
    code: z.string(),
    weight: z.enum(["blocks", "advice"]),
    detail: z.string(),
    zh: z.string(),
    en: z.string(),
  })
  .meta({ id: "ItemProblem" });

const Report = z.object({ publishable: z.boolean(), problems: z.array(Problem) }).meta({ id: "ItemCheckReport" });

const WorkSummary = z
  .object({
    code: ItemCode,
    name: z.string(),
    division: DivisionCode,
    revision: z.int().positive(),
    standing: StandingName,
    draft: DraftName.optional(),
    version: z.int().positive().optional(),
    scheduledFrom: z.iso.date().optional(),
  })
  .meta({ id: "ManagedItemSummary" });

const ManagedItem = Receipt.extend({
  division: DivisionCode,
  latest: z.int().nonnegative().describe("the highest version ever published"),
  definition: ItemDefinition.optional().describe("what the draft says"),
  inForce: Item.optional(),
  upcoming: Item.optional().describe("published, and takes force on its day"),
  since: z.iso.datetime().optional().describe("suspended or retired"),
  reason: z.string().optional(),
}).meta({ id: "ManagedItem" });

const LogEntry = z
  .object({
    revision: z.int().positive(),
    at: z.iso.datetime(),
    by: z.object({ client: z.string(), staff: z.string().optional() }),
    operation: z.string(),
    reason: z.string().optional(),
    version: z.int().positive().optional(),
    changed: z.array(z.string()).describe("fields that this change made different"),
  })
  .meta({ id: "ItemLogEntry" });

const notFound = {
  "item.not-found": { status: 404, zh: "没有这个事项，或该版本未发布。", en: "No such item, or not in that version." },
} as const satisfies Record<string, RefusalText>;

const notYours = {
  "item.not-yours": {
    status: 403,
    zh: "这个事项属于其他部门或者其他区划。",
    en: "The item is another department's, or of another division.",
  },
} as const satisfies Record<string, RefusalText>;

const retired = {
  "item.retired": {
    status: 409,
    zh: "事项已经取消，不能再修改。",
    en: "The item is retired; nothing of it changes any more.",
  },
} as const satisfies Record<string, RefusalText>;

const noDraft = {
  "item.not-drafted": { status: 409, zh: "事项没有草稿。", en: "The item has no draft." },
} as const satisfies Record<string, RefusalText>;

const notInForce = {
  "item.not-in-force": { status: 409, zh: "事项没有生效的版本。", en: "No version of the item is in force." },
} as const satisfies Record<string, RefusalText>;

const manage = { tag: "catalogue", scopes: ["catalogue:manage"] } as const;
const acted = { status: 200, schema: Receipt, version: ({ revision }: z.infer<typeof Receipt>) => revision } as const;

export const listManagedItems = route({
  ...manage,
  operation: "listManagedItems",
  summary: "The department's own items, drafts and retired ones included",
  method: "GET",
  path: "/v1/catalogue/items",
  query: PageQuery,
  success: { status: 200, schema: pageOf(WorkSummary) },
  refusals: notYours,
});

export const readManagedItem = route({
  ...manage,
  operation: "readManagedItem",
  summary: "An item with its draft and what is to come",
  method: "GET",
  path: "/v1/catalogue/items/{code}",
  pathParams: byCode,
  success: { status: 200, schema: ManagedItem, version: (item) => item.revision },
  refusals: { ...notFound, ...notYours },
});

export const draftItem = route({
  ...manage,
  operation: "draftItem",
  summary: "Begin or replace the draft; the same again writes nothing",
  method: "PUT",
  path: "/v1/catalogue/items/{code}/draft",
  pathParams: byCode,
  body: z.object({ definition: ItemDefinition, reason: Reason.optional() }),
  success: acted,
  refusals: {
    ...notYours,
    ...retired,
    "item.code-differs": {
      status: 422,
      zh: "地址中的编码与内容不符。",
      en: "The code in the address is not the definition's.",
    },
    "item.owner-fixed": {
      status: 409,
      zh: "实施部门和区划不能更改；请另立事项并取消这一个。",
      en: "Department and division cannot change; draft another item and retire this one.",
    },
  },
});

export const discardItemDraft = route({
  ...manage,
  operation: "discardItemDraft",
  summary: "Throw the draft away",
  method: "POST",
  path: "/v1/catalogue/items/{code}/draft/discard",
  pathParams: byCode,
  body: z.object({ reason: Reason.optional() }),
  keyed: true,
  success: acted,
  refusals: { ...notFound, ...notYours, ...noDraft },
});

export const checkDefinition = route({
  ...manage,
  operation: "checkDefinition",
  summary: "Run the automatic checks on a definition; nothing is written",
  method: "POST",
  path: "/v1/catalogue/checks",
  body: z.object({ definition: ItemDefinition }),
  success: { status: 200, schema: Report },
  refusals: {},
});

export const checkDraft = route({
  ...manage,
  operation: "checkDraft",
  summary: "Run the automatic checks on the draft; it is checked when nothing keeps it from being published",
  method: "POST",
  path: "/v1/catalogue/items/{code}/draft/check",
  pathParams: byCode,
  keyed: true,
  success: { status: 200, schema: Report.extend({ item: Receipt }).meta({ id: "DraftCheckReport" }) },
  refusals: { ...notFound, ...notYours, ...noDraft },
});

export const publishDraft = route({
  ...manage,
  operation: "publishDraft",
  summary: "Make the checked draft the next version: in force at once, or on the day it names",
  method: "POST",
  path: "/v1/catalogue/items/{code}/draft/publish",
  pathParams: byCode,
  body: z.object({ reason: Reason }),
  keyed: true,
  success: acted,
  refusals: {
    ...notFound,
    ...notYours,
    ...retired,
    ...noDraft,
    "item.not-checked": { status: 409, zh: "草稿尚未通过自动校验。", en: "The draft has not passed the checks." },
    "item.checks-failed": {
      status: 422,
      zh: "自动校验未通过，见 detail 中的代码；用 checkDraft 查看全部问题。",
      en: "The checks fail, see the codes in detail; checkDraft tells all of it.",
    },
    "item.unchanged": { status: 409, zh: "内容与已发布的版本相同。", en: "It says what the published version says." },
  },
});

export const suspendItem = route({
  ...manage,
  operation: "suspendItem",
  summary: "Stop an item from being applied for; open cases go on",
  method: "POST",
  path: "/v1/catalogue/items/{code}/suspend",
  pathParams: byCode,
  body: z.object({ reason: Reason }),
  keyed: true,
  success: acted,
  refusals: { ...notFound, ...notYours, ...notInForce },
});

export const resumeItem = route({
  ...manage,
  operation: "resumeItem",
  summary: "Let a suspended item be applied for again, in its newest version",
  method: "POST",
  path: "/v1/catalogue/items/{code}/resume",
  pathParams: byCode,
  body: z.object({ reason: Reason.optional() }),
  keyed: true,
  success: acted,
  refusals: {
    ...notFound,
    ...notYours,
    "item.not-suspended": { status: 409, zh: "事项没有暂停。", en: "The item is not suspended." },
  },
});

export const retireItem = route({
  ...manage,
  operation: "retireItem",
  summary: "End an item for good; open cases go on, its versions stay readable",
  method: "POST",
  path: "/v1/catalogue/items/{code}/retire",
  pathParams: byCode,
  body: z.object({ reason: Reason }),
  keyed: true,
  success: acted,
  refusals: { ...notFound, ...notYours, ...notInForce, ...retired },
});

export const readItemLog = route({
  ...manage,
  operation: "readItemLog",
  summary: "The change log (变更记录): who, when, why, and which fields; newest first",
  method: "GET",
  path: "/v1/catalogue/items/{code}/log",
  pathParams: byCode,
  query: PageQuery,
  success: { status: 200, schema: pageOf(LogEntry) },
  refusals: { ...notFound, ...notYours },
});

const basicRefusals = {
  "basic-item.not-yours": {
    status: 403,
    zh: "这个目录事项由其他部门维护。",
    en: "Another department keeps this directory item.",
  },
  "basic-item.retired": { status: 409, zh: "这个目录事项已经取消。", en: "The directory item is retired." },
} as const satisfies Record<string, RefusalText>;

export const keepBasicItem = route({
  ...manage,
  operation: "keepBasicItem",
  summary: "Enter a directory item or change it; the same again writes nothing",
  method: "PUT",
  path: "/v1/basic-items/{basicCode}",
  pathParams: z.object({ basicCode: BasicCode }),
  body: BasicItem.pick({ name: true, kind: true, levels: true }).extend({ reason: Reason.optional() }),
  success: { status: 200, schema: BasicItem, version: (item) => item.revision },
  refusals: basicRefusals,
});

export const retireBasicItem = route({
  ...manage,
  operation: "retireBasicItem",
  summary: "End a directory item: no new version may implement it; what is in force stays",
  method: "POST",
  path: "/v1/basic-items/{basicCode}/retire",
  pathParams: z.object({ basicCode: BasicCode }),
  body: z.object({ reason: Reason }),
  keyed: true,
  success: { status: 200, schema: BasicItem, version: (item) => item.revision },
  refusals: { ...basicItemRefusals, ...basicRefusals },
});
