import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Clock } from "#shared/kernel/clock.ts";
import type { ItemRules } from "../domain/item-rules.ts";
import type { Items } from "../domain/ports.ts";
import { Rules } from "./item-row.ts";

const IN_FORCE = "item";
const keyOf = (code: string, sk = IN_FORCE) => ({ pk: `item#${code}`, sk });
const versionSk = (version: number) => `version#${version}`;
const divisionsKey = (department: string) => `divisions#${department}`;

/** How long a list of divisions is believed; they change with the catalogue only. */
const BELIEVED_MS = 60_000;

/** What never changes, or seldom, is kept in memory: commands then cost one read of the case and one write. */
export const dynamoItems = (
  client: DynamoDBDocumentClient,
  { table, now }: { readonly table: string; readonly now: Clock },
): Items => {
  const versions = new Map<string, ItemRules>();
  const divisions = new Map<string, { readonly until: number; readonly codes: readonly string[] }>();

  const putUnless = async (input: Omit<PutCommandInput, "TableName">): Promise<void> => {
    try {
      await client.send(new PutCommand({ TableName: table, ...input }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
  return {
    async inForce(code) {
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(code) }));
      return Item && Item.closed !== true ? Rules.parse(Item) : undefined;
    },
    async version(code, version) {
      const name = `${code}/${version}`;
      const known = versions.get(name);
      if (known) return known;
      const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(code, versionSk(version)) }));
      if (!Item) throw new Error(`version ${version} of item ${code} was never kept`);
      const rules = Rules.parse(Item);
      versions.set(name, rules);
      return rules;
    },
    async keep(rules) {
      const { code, version, division, department } = rules;
      // The version first: what can be applied for can also be decided by.
      await putUnless({
        Item: { ...keyOf(code, versionSk(version)), ...rules },
        ConditionExpression: "attribute_not_exists(pk)",
      });
      await putUnless({
        Item: { pk: divisionsKey(department.uscc), sk: division },
        ConditionExpression: "attribute_not_exists(pk)",
      });
      await putUnless({
        Item: { ...keyOf(code), ...rules },
        ConditionExpression: "attribute_not_exists(pk) OR #version < :version",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":version": version },
      });
    },
    async setOpen(code, version, open, sequence) {
      try {
        await client.send(
          new UpdateCommand({
            TableName: table,
            Key: keyOf(code),
            UpdateExpression: "SET #closed = :closed, #sequence = :sequence",
            ConditionExpression: "#version <= :version AND (attribute_not_exists(#sequence) OR #sequence < :sequence)",
            ExpressionAttributeNames: { "#version": "version", "#closed": "closed", "#sequence": "closedSequence" },
            ExpressionAttributeValues: { ":version": version, ":closed": !open, ":sequence": sequence },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    async divisionsOf(department) {
      const known = divisions.get(department);
      if (known && known.until > Date.parse(now())) return known.codes;
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": divisionsKey(department) },
        }),
      );
      const codes = Items.map(({ sk }) => String(sk));
      divisions.set(department, { until: Date.parse(now()) + BELIEVED_MS, codes });
      return codes;
    },
  };
};
