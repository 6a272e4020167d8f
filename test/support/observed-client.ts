import type { ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export interface Sent {
  readonly command: string;
  /** Unknown while it is under way, and when it failed. */
  consumed?: ConsumedCapacity | undefined;
}

/** Notes every command that a client sends, failed ones too, and has DynamoDB say what it consumed, indexes included. */
export const observe = (client: DynamoDBDocumentClient): Sent[] => {
  const sent: Sent[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const asked = { ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } };
        const entry: Sent = { command: commandName ?? "" };
        sent.push(entry);
        const result = await next(asked as typeof args);
        entry.consumed = (result.output as { ConsumedCapacity?: ConsumedCapacity }).ConsumedCapacity;
        return result;
      },
    { step: "initialize", name: "observe" },
  );
  return sent;
};
