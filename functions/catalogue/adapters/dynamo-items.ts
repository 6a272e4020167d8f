import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { ItemSummary as SummaryDocument } from "#shared/contracts/http/catalogue/finding.ts";
import { Item as ItemDocument } from "#shared/contracts/http/catalogue/item.ts";
import { subtreePrefix } from "#shared/kernel/divisions.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { ItemStore, ItemSummary, Listed, PageAsked, WorkSummary } from "../domain/ports.ts";
import { itemEvents } from "./item-events.ts";
import {
  CURRENT,
  Entry,
  keyOf,
  LISTED,
  logKey,
  placeOf,
  Row,
  rowOf,
  supersededBy,
  versionKey,
  WAITING,
} from "./item-row.ts";

const VersionRow = z.object({ item: ItemDocument });
const EntryRow = z.object({ entry: Entry });
const SummaryRow = z.object({ summary: SummaryDocument }) satisfies z.ZodType<{ summary: ItemSummary }>;
const Standing = z.enum(["unpublished", "in-force", "suspended", "retired"]);
const WorkRow = z.object({
  work: z.object({
    code: z.string(),
    name: z.string(),
    division: z.string(),
    revision: z.int(),
    standing: Standing,
    draft: z.enum(["draft", "checked"]).optional(),
    version: z.int().optional(),
    scheduledFrom: z.string().optional(),
  }),
}) satisfies z.ZodType<{ work: WorkSummary }>;
const CodeRow = z.object({ effectAt: z.string() });
const IssuerRow = z.object({ standing: Standing });

/** What a sweep takes at a time. */
const DUE_AT_ONCE = 50;
/** Whether anyone issues a licence is told by a few of its issuers. */
const ISSUERS_READ = 50;

/**
 * The row `current` holds the record, whole. Before it is overwritten, a copy of what the next row will not say (a superseded
 * version, the line in the log) is put aside: what that copy says follows from the row alone, so a crash in between or a second
 * attempt changes nothing that anyone reads.
 */
export const dynamoItems = (client: DynamoDBDocumentClient, TableName: string): ItemStore => {
  const get = async (code: string, sk: string): Promise<unknown> => {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: { pk: keyOf(code), sk }, ConsistentRead: true }),
    );
    return Item;
  };
  const find: ItemStore["find"] = async (code) => {
    const row = await get(code, CURRENT);
    return row === undefined ? undefined : Row.parse(row).record;
  };

  /** A page of an index whose sort key is division#code. */
  const page = async <T extends { readonly code: string; readonly division: string }>(
    IndexName: string,
    partition: { readonly name: string; readonly value: string },
    sort: string,
    { within, after, limit }: PageAsked,
    read: (row: unknown) => T,
  ): Promise<Listed<T>> => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `#partition = :value${within ? " AND begins_with(#sort, :prefix)" : ""}`,
        ExpressionAttributeNames: { "#partition": partition.name, ...(within && { "#sort": sort }) },
        ExpressionAttributeValues: {
          ":value": partition.value,
          ...(within && { ":prefix": subtreePrefix(within) }),
        },
        Limit: limit,
        ...(after && {
          ExclusiveStartKey: {
            pk: keyOf(after.code),
            sk: CURRENT,
            [partition.name]: partition.value,
            [sort]: placeOf(after),
          },
        }),
      }),
    );
    const items = Items.map(read);
    const last = items.at(-1);
    return { items, ...(LastEvaluatedKey && last && { next: { division: last.division, code: last.code } }) };
  };
  const summary = (row: unknown) => SummaryRow.parse(row).summary;

  return {
    find,

    async version(code, version) {
      const record = await find(code);
      if (!record || version > record.latest) return undefined;
      const { standing, scheduled } = record;
      if (standing.kind !== "unpublished" && standing.item.version === version) return standing.item;
      if (scheduled?.version === version) return scheduled;
      return VersionRow.parse(await get(code, versionKey(version))).item;
    },

    async save(change) {
      const { before, after } = change;
      if (before)
        for (const copy of supersededBy(before, after)) await client.send(new PutCommand({ TableName, Item: copy }));
      await putAggregate(client, TableName, rowOf(after), itemEvents(change));
    },

    list: (asked) => page("by-division", { name: "listed", value: LISTED }, "place", asked, summary),

    implementing: (basicCode, asked) => page("by-basic", { name: "basic", value: basicCode }, "place", asked, summary),

    ofDepartment: (department, asked) =>
      page("by-owner", { name: "owner", value: department }, "ownedAt", asked, (row) => WorkRow.parse(row).work),

    async log(code, { before, limit }) {
      const record = before === undefined ? await find(code) : undefined;
      if (before === undefined && !record) return { items: [] };
      const latest = record ? [record.entry] : [];
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
          ExpressionAttributeValues: {
            ":pk": keyOf(code),
            ":first": logKey(0),
            ":last": logKey((before ?? record?.revision ?? 0) - 1),
          },
          ScanIndexForward: false,
          Limit: Math.max(1, limit - latest.length),
          ConsistentRead: true,
        }),
      );
      const items = [...latest, ...Items.map((row) => EntryRow.parse(row).entry)];
      const last = items.at(-1);
      return { items, ...(LastEvaluatedKey && last && { next: last.revision }) };
    },

    async due(today) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: "effective",
          KeyConditionExpression: "waiting = :waiting AND effectAt < :tomorrow",
          // "~" comes after every character of a code.
          ExpressionAttributeValues: { ":waiting": WAITING, ":tomorrow": `${today}#~` },
          Limit: DUE_AT_ONCE,
        }),
      );
      return Items.map((row) => CodeRow.parse(row).effectAt.slice("yyyy-MM-dd#".length));
    },

    async issuersOf(licenceType) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: "by-licence",
          KeyConditionExpression: "issues = :type",
          ExpressionAttributeValues: { ":type": licenceType },
          Limit: ISSUERS_READ,
        }),
      );
      return Items.map((row) => IssuerRow.parse(row).standing);
    },
  };
};
