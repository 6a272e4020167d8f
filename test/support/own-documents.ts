import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { localDocumentClient } from "./dynamodb-local.ts";

declare module "vitest" {
  interface ProvidedContext {
    dynamoDb: string;
  }
}

/** DynamoDB Local keeps a database for each access key: this file's, as each test file has modules of its own. */
const accessKeyId = randomUUID().replaceAll("-", "");

/** The client the adapters get, speaking to the one DynamoDB Local of the test run, where this test file has a database of its own. */
export const ownDocuments = (): DynamoDBDocumentClient => localDocumentClient(inject("dynamoDb"), accessKeyId);
