import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { Attempts } from "./ports.ts";

const windowOf = (at: string, seconds: number): number => Math.floor(Date.parse(at) / 1000 / seconds);

const keyOf = (cipher: FieldCipher, name: string, of: string, at: string, seconds: number) => ({
  pk: `attempts#${name}#${cipher.lookup(of, "attempts")}`,
  sk: `${windowOf(at, seconds)}`,
});

/** One conditional update a try: however many come at once, no more than allowed are taken. */
export const dynamoAttempts = (
  client: DynamoDBDocumentClient,
  { table, cipher }: { readonly table: string; readonly cipher: FieldCipher },
): Attempts => ({
  async take(name, of, most, seconds, at) {
    try {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(cipher, name, of, at, seconds),
          UpdateExpression: "ADD hits :one SET expiresAt = :end",
          ConditionExpression: "attribute_not_exists(hits) OR hits < :most",
          ExpressionAttributeValues: {
            ":one": 1,
            ":most": most,
            ":end": (windowOf(at, seconds) + 2) * seconds,
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  },
  async giveBack(name, of, seconds, at) {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keyOf(cipher, name, of, at, seconds),
        UpdateExpression: "ADD hits :minus",
        ExpressionAttributeValues: { ":minus": -1 },
      }),
    );
  },
});

/** The same in a map; for tests. */
export const memoryAttempts = (): Attempts => {
  const hits = new Map<string, number>();
  const key = (name: string, of: string, seconds: number, at: string) => `${name} ${of} ${windowOf(at, seconds)}`;
  return {
    async take(name, of, most, seconds, at) {
      const count = hits.get(key(name, of, seconds, at)) ?? 0;
      if (count >= most) return false;
      hits.set(key(name, of, seconds, at), count + 1);
      return true;
    },
    async giveBack(name, of, seconds, at) {
      hits.set(key(name, of, seconds, at), (hits.get(key(name, of, seconds, at)) ?? 1) - 1);
    },
  };
};
