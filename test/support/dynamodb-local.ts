import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { javaFault, launchDynamoDbLocal } from "#local/cloud/dynamodb-process.ts";
import { freePort } from "#local/cloud/free-port.ts";

export interface RunningDynamoDb {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** A DynamoDB Local of its own, in memory, on a free port. Needs Java 17. */
export const startDynamoDb = async (): Promise<RunningDynamoDb> => {
  const port = await freePort();
  const local = launchDynamoDbLocal(port, "-inMemory");
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ ...connection(endpoint, "test"), maxAttempts: 1 });
  const isUp = () =>
    client.send(new ListTablesCommand({})).then(
      () => true,
      () => false,
    );
  while (!(await isUp()))
    if (!local.running()) throw new Error((await javaFault()) ?? `DynamoDB Local ended: ${local.lastLine()}`);
  client.destroy();
  return { endpoint, stop: local.stop };
};

const connection = (endpoint: string, accessKeyId: string) => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId, secretAccessKey: "test" },
});

/** The client the adapters get, speaking to a DynamoDB Local, in which each access key has a database of its own. */
export const localDocumentClient = (endpoint: string, accessKeyId = "test"): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(connection(endpoint, accessKeyId)), {
    marshallOptions: { removeUndefinedValues: true },
  });
