import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { subtreePrefix } from "#shared/kernel/divisions.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Applications, BadCursor, CaseSummary, Page, PageRequest } from "../domain/ports.ts";
import { cloudEventsOf, readingEventsOf } from "./application-events.ts";
import { applicantKeys, CASE, pageEndOf, rowOf, stateOf, summaryOf } from "./application-row.ts";

interface Index {
  readonly name: string;
  readonly partition: string;
  readonly sort: string;
  readonly newestFirst: boolean;
}

const BY_APPLICANT: Index = {
  name: "by-applicant",
  partition: "applicantKey",
  sort: "receivedKey",
  newestFirst: true,
};
const WORKLIST: Index = { name: "worklist", partition: "worklistKey", sort: "dueKey", newestFirst: false };

/** One page of one index partition: one query, no count. With `within`, only that division and those below it. */
const page = async (
  client: DynamoDBDocumentClient,
  table: string,
  index: Index,
  partition: string,
  { cursor, limit }: PageRequest,
  within?: string,
): Promise<Page<CaseSummary> | BadCursor> => {
  const after = cursor === undefined ? undefined : pageEndOf(cursor);
  if (cursor !== undefined && !after) return "bad-cursor";
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: index.name,
      KeyConditionExpression: "#partition = :partition",
      ...(within !== undefined && { FilterExpression: "begins_with(#division, :subtree)" }),
      ExpressionAttributeNames: {
        "#partition": index.partition,
        ...(within !== undefined && { "#division": "division" }),
      },
      ExpressionAttributeValues: {
        ":partition": partition,
        ...(within !== undefined && { ":subtree": subtreePrefix(within) }),
      },
      ScanIndexForward: !index.newestFirst,
      Limit: limit,
      ...(after && {
        ExclusiveStartKey: {
          pk: after.pk,
          sk: CASE,
          [index.partition]: partition,
          [index.sort]: after.at,
        },
      }),
    }),
  );
  return {
    items: Items.map(summaryOf),
    ...(LastEvaluatedKey && { next: cursorOf({ pk: LastEvaluatedKey.pk, at: LastEvaluatedKey[index.sort] }) }),
  };
};

/** Pages of the same list from several partitions, as one. */
const newestOf = (pages: readonly (Page<CaseSummary> | BadCursor)[], limit: number): Page<CaseSummary> | BadCursor => {
  const good = pages.filter((each) => each !== "bad-cursor");
  const [only, ...others] = good;
  if (good.length < pages.length || !only) return "bad-cursor";
  if (others.length === 0) return only;
  const position = ({ receivedAt, id }: CaseSummary) => `${receivedAt}#${id}`;
  const all = good.flatMap(({ items }) => items).sort((a, b) => (position(a) < position(b) ? 1 : -1));
  const items = all.slice(0, limit);
  const last = items.at(-1);
  const more = all.length > limit || good.some(({ next }) => next !== undefined);
  return { items, ...(last && more && { next: cursorOf({ pk: last.id, at: position(last) }) }) };
};

export const dynamoApplications = (
  client: DynamoDBDocumentClient,
  { table, cipher }: { readonly table: string; readonly cipher: FieldCipher },
): Applications => {
  return {
    async find(id) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk: id, sk: CASE }, ConsistentRead: true }),
      );
      return Item && stateOf(cipher, Item);
    },
    save: (change) => putAggregate(client, table, rowOf(cipher, change.state), cloudEventsOf(change)),
    async ofApplicant(applicant, request) {
      // One key but during a rotation of keys; then the newest of all of them make the page.
      const keys = applicantKeys(cipher, applicant);
      const pages = await Promise.all(keys.map((key) => page(client, table, BY_APPLICANT, key, request)));
      return newestOf(pages, request.limit);
    },
    openOf: (department, division, request) => page(client, table, WORKLIST, department, request, division),
    async recordReading(reading) {
      const { id, application, at, client: by, officer, purpose } = reading;
      await putAggregate(
        client,
        table,
        { pk: application.id, sk: `reading#${id}`, version: 1, at, client: by, officer, purpose },
        readingEventsOf(reading),
      );
    },
  };
};
