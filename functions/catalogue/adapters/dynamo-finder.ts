import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { ItemSummary as SummaryDocument } from "#shared/contracts/http/items.ts";
import { subtreePrefix } from "#shared/kernel/divisions.ts";
import { foundOf, planOf } from "../domain/facets.ts";
import type { Finder } from "../domain/ports.ts";
import { keyOf, placeOf } from "./item-row.ts";

const SummaryRow = z.object({ summary: SummaryDocument });
const IndexedRow = z.object({ revision: z.int(), facets: z.array(z.string()), whole: z.boolean() });

type Write = NonNullable<NonNullable<BatchWriteCommandInput["RequestItems"]>[string]>[number];

const WRITES_AT_ONCE = 25;
const ATTEMPTS = 5;

const facetKey = (facet: string) => `find#${facet}`;
const indexedKey = (code: string) => ({ pk: keyOf(code), sk: "indexed" });

/**
 * An inverted index in the table itself: one row for each facet of an item (a run of two or three characters of its words, a theme,
 * a service object), in order of its place. A page of a search is one query of one facet.
 */
export const dynamoFinder = (client: DynamoDBDocumentClient, TableName: string): Finder => {
  const write = async (writes: readonly Write[]): Promise<void> => {
    for (let start = 0; start < writes.length; start += WRITES_AT_ONCE) {
      let left: readonly Write[] = writes.slice(start, start + WRITES_AT_ONCE);
      for (let attempt = 1; left.length > 0; attempt++) {
        if (attempt > ATTEMPTS) throw new Error(`${left.length} rows of the search index were not taken`);
        const { UnprocessedItems } = await client.send(
          new BatchWriteCommand({ RequestItems: { [TableName]: [...left] } }),
        );
        left = UnprocessedItems?.[TableName] ?? [];
      }
    }
  };
  /** What is, or may be, in the index of an item. False when a newer record was indexed. */
  const note = async (code: string, row: z.infer<typeof IndexedRow>): Promise<boolean> => {
    try {
      await client.send(
        new PutCommand({
          TableName,
          Item: { ...indexedKey(code), ...row },
          ConditionExpression: "attribute_not_exists(pk) OR revision <= :revision",
          ExpressionAttributeValues: { ":revision": row.revision },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
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

    async index(record) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: indexedKey(record.code), ConsistentRead: true }),
      );
      const before = Item ? IndexedRow.parse(Item) : { revision: 0, facets: [], whole: true };
      if (before.revision > record.revision || (before.whole && before.revision === record.revision)) return;

      const { revision, code } = record;
      const found = foundOf(record);
      const facets = found?.facets ?? [];
      // First what may be there afterwards, so that whoever comes after a crash knows what to take away.
      const all = [...new Set([...before.facets, ...facets])];
      if (!(await note(code, { revision, facets: all, whole: false }))) return;
      const sk = placeOf(record);
      const said = found && { text: found.text, themes: found.themes, objects: found.objects, summary: found.summary };
      await write([
        ...facets.map((facet) => ({ PutRequest: { Item: { pk: facetKey(facet), sk, ...said } } })),
        ...before.facets
          .filter((facet) => !facets.includes(facet))
          .map((facet) => ({ DeleteRequest: { Key: { pk: facetKey(facet), sk } } })),
      ]);
      await note(code, { revision, facets: [...facets], whole: true });
    },
  };
};
