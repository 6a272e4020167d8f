import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { ItemSummary as SummaryDocument } from "#shared/contracts/http/catalogue/finding.ts";
import { subtreePrefix } from "#shared/kernel/divisions.ts";
import { foundOf, planOf } from "../domain/facets.ts";
import type { ItemRecord } from "../domain/item-record.ts";
import type { Finder } from "../domain/ports.ts";
import { keyOf, placeOf } from "./item-row.ts";

const SummaryRow = z.object({ summary: SummaryDocument });
const IndexedRow = z.object({ revision: z.int(), facets: z.array(z.string()), whole: z.boolean() });

type Indexed = z.infer<typeof IndexedRow>;
type Write = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** A transaction takes a hundred; one looks at the revision. */
const WRITES_AT_ONCE = 99;

const facetKey = (facet: string) => `find#${facet}`;
const indexedKey = (code: string) => ({ pk: keyOf(code), sk: "indexed" });

const NOTHING: Indexed = { revision: 0, facets: [], whole: true };

const isRevision = (revision: number) => ({
  ConditionExpression: "revision = :revision",
  ExpressionAttributeValues: { ":revision": revision },
});

const isOvertaken = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  (error.CancellationReasons ?? []).some(({ Code }) => Code === "ConditionalCheckFailed");

/**
 * An inverted index in the table itself: one row for each facet of an item (a run of two or three characters of its words, a theme,
 * a service object), in order of its place. A page of a search is one query of one facet.
 */
export const dynamoFinder = (client: DynamoDBDocumentClient, TableName: string): Finder => {
  const read = async (code: string): Promise<Indexed> => {
    const { Item } = await client.send(new GetCommand({ TableName, Key: indexedKey(code), ConsistentRead: true }));
    return Item ? IndexedRow.parse(Item) : NOTHING;
  };
  /** Notes what is, or may be, in the index of an item. False when another revision than this has been noted since. */
  const note = async (code: string, row: Indexed, since: number): Promise<boolean> => {
    try {
      await client.send(
        new PutCommand({
          TableName,
          Item: { ...indexedKey(code), ...row },
          ...(since === NOTHING.revision ? { ConditionExpression: "attribute_not_exists(pk)" } : isRevision(since)),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  /** False when another revision has been noted: whoever stalls before this writes nothing over what is newer. */
  const write = async (code: string, revision: number, writes: readonly Write[]): Promise<boolean> => {
    const stands = { ConditionCheck: { TableName, Key: indexedKey(code), ...isRevision(revision) } };
    try {
      for (let start = 0; start < writes.length; start += WRITES_AT_ONCE)
        await client.send(
          new TransactWriteCommand({ TransactItems: [stands, ...writes.slice(start, start + WRITES_AT_ONCE)] }),
        );
      return true;
    } catch (error) {
      if (isOvertaken(error)) return false;
      throw error;
    }
  };

  const index = async (record: ItemRecord): Promise<void> => {
    const { revision, code } = record;
    const before = await read(code);
    if (before.revision > revision || (before.whole && before.revision === revision)) return;

    const found = foundOf(record);
    const facets = [...new Set(found?.facets)];
    // First what may be there afterwards, so that whoever comes after a crash, or overtakes, knows what to take away.
    const all = [...new Set([...before.facets, ...facets])];
    if (!(await note(code, { revision, facets: all, whole: false }, before.revision))) return index(record);
    const sk = placeOf(record);
    const said = found && { text: found.text, themes: found.themes, objects: found.objects, summary: found.summary };
    const written = await write(code, revision, [
      ...facets.map((facet) => ({ Put: { TableName, Item: { pk: facetKey(facet), sk, ...said } } })),
      ...before.facets
        .filter((facet) => !facets.includes(facet))
        .map((facet) => ({ Delete: { TableName, Key: { pk: facetKey(facet), sk } } })),
    ]);
    // Who has overtaken has read what was noted above, and answers for all of it.
    if (written) await note(code, { revision, facets, whole: true }, revision);
  };

  return {
    async search(wanted, { after, limit }) {
      const plan = planOf(wanted);
      if (!plan) return { items: [] };
      const filters = [
        ...plan.words.map((_, i) => `contains(#text, :word${i})`),
        ...(plan.theme === undefined ? [] : ["contains(themes, :theme)"]),
        ...(plan.object === undefined ? [] : ["contains(objects, :object)"]),
      ];
      const pk = facetKey(plan.facet);
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: `pk = :pk${wanted.within ? " AND begins_with(sk, :prefix)" : ""}`,
          ...(filters.length > 0 && { FilterExpression: filters.join(" AND ") }),
          ...(plan.words.length > 0 && { ExpressionAttributeNames: { "#text": "text" } }),
          ExpressionAttributeValues: {
            ":pk": pk,
            ...(wanted.within && { ":prefix": subtreePrefix(wanted.within) }),
            ...Object.fromEntries(plan.words.map((word, i) => [`:word${i}`, word])),
            ...(plan.theme !== undefined && { ":theme": plan.theme }),
            ...(plan.object !== undefined && { ":object": plan.object }),
          },
          Limit: limit,
          ...(after && { ExclusiveStartKey: { pk, sk: placeOf(after) } }),
        }),
      );
      const items = Items.map((row) => SummaryRow.parse(row).summary);
      if (!LastEvaluatedKey) return { items };
      const [division = "", code = ""] = String(LastEvaluatedKey.sk).split("#");
      return { items, next: { division, code } };
    },

    index,
  };
};
