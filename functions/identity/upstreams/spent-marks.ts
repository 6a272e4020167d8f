import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

/** Remembers what may be used once, until it could not be used any more anyway. */
export interface SpentMarks {
  /**
   * True for the first who spends it; of two at the same instant, one is first.
   * @param until seconds since 1970
   */
  spend(id: string, until: number): Promise<boolean>;
}

export const dynamoSpentMarks = (client: DynamoDBDocumentClient, tableName: string): SpentMarks => ({
  async spend(id, until) {
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { pk: `spent#${id}`, sk: "spent", expiresAt: until },
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  },
});

export const memorySpentMarks = (): SpentMarks => {
  const spent = new Set<string>();
  return {
    async spend(id) {
      if (spent.has(id)) return false;
      spent.add(id);
      return true;
    },
  };
};
