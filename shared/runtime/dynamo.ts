import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });

/** Where a page ends inside its own partition, as an opaque cursor; the partition itself never travels. */
export const cursorOf = (position: Readonly<Record<string, unknown>>): string =>
  Buffer.from(JSON.stringify(position)).toString("base64url");

/** Reads a cursor back; undefined for anything that is not one of ours. */
export const positionOf = (cursor: string): Record<string, unknown> | undefined => {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return typeof position === "object" && position !== null ? { ...position } : undefined;
  } catch {
    return undefined;
  }
};
