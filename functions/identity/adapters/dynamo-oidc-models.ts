import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type AdapterFactory, type AdapterPayload, errors } from "oidc-provider";
import * as z from "zod";

const Row = z.object({
  payload: z.record(z.string(), z.unknown()),
  consumedAt: z.int().optional(),
  expiresAt: z.int().optional(),
});
const Key = z.object({ pk: z.string(), sk: z.string() });

const MODEL = "model";
/** The index from a grant, session uid or user code to the rows that bear it. */
const BY_REFERENCE = "by-reference";

const referenceOf = ({ grantId, uid, userCode }: AdapterPayload): string | undefined => {
  if (userCode) return `user-code#${userCode}`;
  if (grantId) return `grant#${grantId}`;
  return uid ? `uid#${uid}` : undefined;
};

/**
 * Where oidc-provider keeps its sessions, grants, codes and tokens; access tokens are JWTs and are not kept. Rows end by
 * themselves; until DynamoDB gets round to it, an expired row is read as none. No row has an outbox: these are not aggregates.
 * @param now milliseconds since 1970
 */
export const dynamoOidcModels =
  (client: DynamoDBDocumentClient, tableName: string, now: () => number = Date.now): AdapterFactory =>
  (model) => {
    const keyOf = (id: string) => ({ pk: `oidc#${model}#${id}`, sk: MODEL });
    const seconds = () => Math.floor(now() / 1000);

    const read = async (key: z.infer<typeof Key>): Promise<AdapterPayload | undefined> => {
      const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
      if (!Item) return undefined;
      const { payload, consumedAt, expiresAt } = Row.parse(Item);
      if (expiresAt !== undefined && expiresAt <= seconds()) return undefined;
      return { ...payload, ...(consumedAt !== undefined && { consumed: consumedAt }) };
    };

    const keysBy = async (reference: string): Promise<z.infer<typeof Key>[]> => {
      const pages = paginateQuery(
        { client },
        {
          TableName: tableName,
          IndexName: BY_REFERENCE,
          KeyConditionExpression: "#reference = :reference",
          ExpressionAttributeNames: { "#reference": "reference" },
          ExpressionAttributeValues: { ":reference": reference },
        },
      );
      const keys: z.infer<typeof Key>[] = [];
      for await (const { Items = [] } of pages) keys.push(...Items.map((row) => Key.parse(row)));
      return keys;
    };

    const findBy = async (reference: string) => {
      const key = (await keysBy(reference)).find(({ pk }) => pk.startsWith(keyOf("").pk));
      return key && read(key);
    };

    return {
      async upsert(id, payload, expiresIn) {
        const { consumed, ...rest } = payload;
        const reference = referenceOf(payload);
        await client.send(
          new PutCommand({
            TableName: tableName,
            Item: {
              ...keyOf(id),
              payload: rest,
              ...(typeof consumed === "number" && { consumedAt: consumed }),
              ...(reference !== undefined && { reference }),
              ...(expiresIn !== undefined && { expiresAt: seconds() + expiresIn }),
            },
          }),
        );
      },

      find: (id) => read(keyOf(id)),
      findByUid: (uid) => findBy(`uid#${uid}`),
      findByUserCode: (userCode) => findBy(`user-code#${userCode}`),

      /** One of two who use the same code at the same time is refused. */
      async consume(id) {
        try {
          await client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: keyOf(id),
              UpdateExpression: "SET consumedAt = :now",
              ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(consumedAt)",
              ExpressionAttributeValues: { ":now": seconds() },
            }),
          );
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) throw new errors.InvalidGrant("already used");
          throw error;
        }
      },

      async destroy(id) {
        await client.send(new DeleteCommand({ TableName: tableName, Key: keyOf(id) }));
      },

      async revokeByGrantId(grantId) {
        for (const key of await keysBy(`grant#${grantId}`))
          await client.send(new DeleteCommand({ TableName: tableName, Key: key }));
      },
    };
  };
