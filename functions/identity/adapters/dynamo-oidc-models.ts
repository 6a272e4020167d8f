import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { AdapterFactory, AdapterPayload } from "oidc-provider";
import * as z from "zod";
import type { AccountModels } from "../issuer/account-sessions.ts";
import type { GrantAdapter } from "../issuer/grants.ts";
import { OidcRefusal } from "./oidc-refusal.ts";

const Row = z.object({
  payload: z.record(z.string(), z.unknown()),
  consumedAt: z.int().optional(),
  expiresAt: z.int().optional(),
});
const Key = z.object({ pk: z.string(), sk: z.string() });

const MODEL = "model";
/** Ids of client assertions (RFC 7523): kept so that none is taken twice, which the provider alone would not notice in a race. */
const ONCE = "ReplayDetection";
/** The index from a grant, session uid or user code to the rows that bear it. */
const BY_REFERENCE = "by-reference";
/** The index from an account to its sessions and grants. */
const BY_ACCOUNT = "by-account";
/** What is found by account: what the account page lists, and whom nobody has told yet that it ended. */
const listed = new Set(["Session", "Grant", "SignedOut"]);

const referenceOf = (model: string, { grantId, uid, userCode }: AdapterPayload): string | undefined => {
  // It names the grant it began with, and outlives it: whoever signs in over another's session ends that one's grants.
  if (model === "Interaction") return undefined;
  if (userCode) return `user-code#${userCode}`;
  if (grantId) return `grant#${grantId}`;
  return uid ? `uid#${uid}` : undefined;
};

/**
 * Where oidc-provider keeps its sessions, grants, codes and tokens; access tokens are JWTs and are not kept. Rows end by
 * themselves; until DynamoDB gets round to it, an expired row is read as none. No row has an outbox: these are not aggregates.
 * @param now milliseconds since 1970
 */
export const dynamoOidcModels = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number = Date.now,
): AdapterFactory & AccountModels => {
  const seconds = () => Math.floor(now() / 1000);
  const keyOf = (model: string, id: string) => ({ pk: `oidc#${model}#${id}`, sk: MODEL });

  const read = async (key: z.infer<typeof Key>): Promise<AdapterPayload | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    if (!Item) return undefined;
    const { payload, consumedAt, expiresAt } = Row.parse(Item);
    if (expiresAt !== undefined && expiresAt <= seconds()) return undefined;
    return { ...payload, ...(consumedAt !== undefined && { consumed: consumedAt }) };
  };

  const keysBy = async (IndexName: string, attribute: string, value: string): Promise<z.infer<typeof Key>[]> => {
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        IndexName,
        KeyConditionExpression: "#attribute = :value",
        ExpressionAttributeNames: { "#attribute": attribute },
        ExpressionAttributeValues: { ":value": value },
      },
    );
    const keys: z.infer<typeof Key>[] = [];
    for await (const { Items = [] } of pages) keys.push(...Items.map((row) => Key.parse(row)));
    return keys;
  };

  const destroy = (key: z.infer<typeof Key>) => client.send(new DeleteCommand({ TableName: tableName, Key: key }));

  const revokeByGrantId = async (grantId: string): Promise<void> => {
    for (const key of await keysBy(BY_REFERENCE, "reference", `grant#${grantId}`)) await destroy(key);
  };

  const rowOf = (model: string, id: string, payload: AdapterPayload, expiresIn: number | undefined) => {
    const { consumed, ...rest } = payload;
    const reference = referenceOf(model, payload);
    const { accountId } = payload;
    return {
      TableName: tableName,
      Item: {
        ...keyOf(model, id),
        payload: rest,
        ...(typeof consumed === "number" && { consumedAt: consumed }),
        ...(reference !== undefined && { reference }),
        ...(listed.has(model) && accountId !== undefined && { account: accountId }),
        ...(expiresIn !== undefined && { expiresAt: seconds() + expiresIn }),
      },
    };
  };

  /** False when the row is not as the put is conditional on. */
  const unlessRefused = async (put: PutCommand): Promise<boolean> => {
    try {
      await client.send(put);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  const factory = (model: string): GrantAdapter => {
    const findBy = async (reference: string) => {
      const key = (await keysBy(BY_REFERENCE, "reference", reference)).find(({ pk }) =>
        pk.startsWith(keyOf(model, "").pk),
      );
      return key && read(key);
    };

    return {
      async upsert(id, payload, expiresIn) {
        const put = await unlessRefused(
          new PutCommand({
            ...rowOf(model, id, payload, expiresIn),
            ...(model === ONCE && {
              ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
              ExpressionAttributeValues: { ":now": seconds() },
            }),
          }),
        );
        if (!put) throw new OidcRefusal("invalid_client", "client authentication failed");
      },

      async replace(id, payload, expiresIn) {
        const row = rowOf(model, id, payload, expiresIn);
        const put = await unlessRefused(new PutCommand({ ...row, ConditionExpression: "attribute_exists(pk)" }));
        if (!put) throw new OidcRefusal("invalid_grant", "grant request is invalid");
      },

      find: (id) => read(keyOf(model, id)),
      findByUid: (uid) => findBy(`uid#${uid}`),
      findByUserCode: (userCode) => findBy(`user-code#${userCode}`),

      /**
       * One of two who use the same code or token at the same time is refused, and the grant of both ends: one of them is a thief.
       */
      async consume(id) {
        try {
          await client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: keyOf(model, id),
              UpdateExpression: "SET consumedAt = :now",
              ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(consumedAt)",
              ExpressionAttributeValues: { ":now": seconds() },
              ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            }),
          );
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          const grantId = error.Item?.payload?.M?.grantId?.S;
          if (grantId !== undefined) {
            await destroy(keyOf("Grant", grantId));
            await revokeByGrantId(grantId);
          }
          throw new OidcRefusal("invalid_grant", "grant request is invalid");
        }
      },

      async destroy(id) {
        await destroy(keyOf(model, id));
      },

      revokeByGrantId,
    };
  };

  return Object.assign(factory, {
    async listByAccount(accountId: string) {
      const keys = await keysBy(BY_ACCOUNT, "account", accountId);
      const rows = await Promise.all(
        keys.map(async (key) => ({ model: key.pk.split("#")[1] ?? "", payload: await read(key) })),
      );
      return rows.flatMap(({ model, payload }) => (payload ? [{ model, payload }] : []));
    },
  });
};
