import type { TestProject } from "vitest/node";
import { startDynamoDb } from "./dynamodb-local.ts";

/** One DynamoDB Local for all integration tests: a Java machine for each file would cost more than the tests in it. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const { endpoint, stop } = await startDynamoDb();
  provide("dynamoDb", endpoint);
  return stop;
};
