import * as z from "zod";
import { Item, ItemDefinition } from "#shared/contracts/http/catalogue/item.ts";
import { type ItemRecord, inForce } from "../domain/item-record.ts";
import { summaryOf, workSummaryOf } from "../domain/summaries.ts";

const Actor = z.object({ client: z.string(), staff: z.string().optional() });

export const Entry = z.object({
  revision: z.int().positive(),
  at: z.string(),
  by: Actor,
  operation: z.enum(["draft", "discard", "check", "publish", "schedule", "take-effect", "suspend", "resume", "retire"]),
  reason: z.string().optional(),
  version: z.int().optional(),
  changed: z.array(z.string()),
});

const Receipt = z.object({
  code: z.string(),
  revision: z.int(),
  standing: z.enum(["unpublished", "in-force", "suspended", "retired"]),
  draft: z.enum(["draft", "checked"]).optional(),
  version: z.int().optional(),
  scheduled: z.object({ version: z.int(), effectiveFrom: z.string() }).optional(),
});

const Ended = { since: z.string(), reason: z.string() };

const Record = z.object({
  code: z.string(),
  revision: z.int().positive(),
  department: z.string(),
  division: z.string(),
  latest: z.int().nonnegative(),
  draft: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("draft"), definition: ItemDefinition }),
      z.object({ kind: z.literal("checked"), definition: ItemDefinition, checkedAt: z.string() }),
    ])
    .optional(),
  scheduled: Item.optional(),
  standing: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("unpublished") }),
    z.object({ kind: z.literal("in-force"), item: Item }),
    z.object({ kind: z.literal("suspended"), item: Item, announced: z.int(), ...Ended }),
    z.object({ kind: z.literal("retired"), item: Item, ...Ended }),
  ]),
  entry: Entry,
  keys: z.array(z.object({ key: z.string(), print: z.string(), receipt: Receipt })),
}) satisfies z.ZodType<ItemRecord>;

export const Row = z.object({ record: Record });

export const CURRENT = "current";
/** A city has some 10,000 items at most and reads a page at a time: one partition of an index carries that. */
export const LISTED = "item";
export const WAITING = "item";

export const keyOf = (code: string): string => `item#${code}`;
export const versionKey = (version: number): string => `v#${String(version).padStart(5, "0")}`;
export const logKey = (revision: number): string => `log#${String(revision).padStart(8, "0")}`;
export const placeOf = ({ division, code }: { readonly division: string; readonly code: string }): string =>
  `${division}#${code}`;

/** The aggregate's row: the record whole, and beside it what its indexes need. */
export const rowOf = (record: ItemRecord) => {
  const item = inForce(record);
  const issues = record.standing.kind === "unpublished" ? undefined : record.standing.item.result.licenceType;
  return {
    pk: keyOf(record.code),
    sk: CURRENT,
    version: record.revision,
    record,
    owner: record.department,
    ownedAt: placeOf(record),
    work: workSummaryOf(record),
    ...(item && { listed: LISTED, place: placeOf(record), basic: item.basicCode, summary: summaryOf(record) }),
    ...(issues !== undefined && { issues, standing: record.standing.kind }),
    ...(record.scheduled && {
      waiting: WAITING,
      effectAt: `${record.scheduled.effectiveFrom}#${record.code}`,
    }),
  };
};

/** What the row says and the one that replaces it does not: kept aside before, so that nothing that was published is lost. */
export const supersededBy = (before: ItemRecord, after: ItemRecord) => {
  const versions = (record: ItemRecord) =>
    [record.standing.kind === "unpublished" ? undefined : record.standing.item, record.scheduled].filter(
      (item) => item !== undefined,
    );
  const kept = new Set(versions(after).map(({ version }) => version));
  return [
    ...versions(before)
      .filter(({ version }) => !kept.has(version))
      .map((item) => ({ pk: keyOf(before.code), sk: versionKey(item.version), item })),
    { pk: keyOf(before.code), sk: logKey(before.revision), entry: before.entry },
  ];
};
