import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { FileSummary, StoredFiles } from "../domain/ports.ts";
import { fileEventsOf, fileReadingEventsOf } from "./file-events.ts";
import { FILE, filesOf, materialPrefix, pageEndOf, rowOf, stateOf, summaryOf } from "./file-row.ts";

/** Sorts right behind the file itself, so that one query has both. */
const USE = `${FILE}-use#`;
const INDEX = "files-by-applicant";

const Use = z.object({
  application: z.string(),
  number: z.string(),
  material: z.string(),
  at: z.string(),
  consent: z.string().optional(),
});

export const dynamoFiles = (
  client: DynamoDBDocumentClient,
  { table, cipher }: { readonly table: string; readonly cipher: FieldCipher },
): StoredFiles => {
  const pageOf = async (
    partition: string,
    materialName: string | undefined,
    { limit }: PageRequest,
    after: { readonly pk: string; readonly at: string } | undefined,
  ) => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: INDEX,
        KeyConditionExpression:
          materialName === undefined
            ? "filesOf = :partition"
            : "filesOf = :partition AND begins_with(fileKey, :material)",
        ExpressionAttributeValues: {
          ":partition": partition,
          ...(materialName !== undefined && { ":material": materialPrefix(materialName) }),
        },
        ScanIndexForward: false,
        Limit: limit,
        ...(after && { ExclusiveStartKey: { pk: after.pk, sk: FILE, filesOf: partition, fileKey: after.at } }),
      }),
    );
    return { rows: Items, more: LastEvaluatedKey !== undefined };
  };

  return {
    async find(id) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk: id, sk: FILE }, ConsistentRead: true }),
      );
      return Item && stateOf(cipher, Item);
    },
    save: (change) => putAggregate(client, table, rowOf(cipher, change.state), fileEventsOf(change)),
    async ofApplicant(applicant, materialName, request): Promise<Page<FileSummary> | BadCursor> {
      const after = request.cursor === undefined ? undefined : pageEndOf(request.cursor, materialName);
      if (request.cursor !== undefined && !after) return "bad-cursor";
      // One key but during a rotation of keys; then the newest of all of them make the page.
      const pages = await Promise.all(
        filesOf(cipher, applicant).map((partition) => pageOf(partition, materialName, request, after)),
      );
      const rows = pages.flatMap((page) => page.rows).sort((a, b) => (String(a.fileKey) < String(b.fileKey) ? 1 : -1));
      const shown = rows.slice(0, request.limit);
      const last = shown.at(-1);
      const more = rows.length > shown.length || pages.some((page) => page.more);
      return {
        items: shown.map(summaryOf),
        ...(last && more && { next: cursorOf({ pk: last.pk, at: last.fileKey }) }),
      };
    },
    async recordReading(reading) {
      const { id, of, at, client: by, officer, purpose, number } = reading;
      await putAggregate(
        client,
        table,
        { pk: of, sk: `reading#${id}`, version: 1, at, client: by, officer, purpose, number },
        fileReadingEventsOf(reading),
      );
    },
    async noteUse(file, use) {
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: { pk: file, sk: `${USE}${use.application}#${use.material}`, ...use },
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    async findWithUses(id) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :file AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: { ":file": id, ":prefix": FILE },
          ConsistentRead: true,
          // The file stands before its uses.
          Limit: 3,
        }),
      );
      const [row, ...uses] = Items;
      if (row?.sk !== FILE) return undefined;
      return { file: stateOf(cipher, row), usedBy: uses.map((use) => Use.parse(use).application) };
    },
    async usesOf(file) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :file AND begins_with(sk, :use)",
          ExpressionAttributeValues: { ":file": file, ":use": USE },
        }),
      );
      return Items.map((row) => Use.parse(row));
    },
  };
};
